import { domain } from "./domain.ts";

export const inference = domain({
  id: "inference",
  words:
    "neural|neural interface|inference|model|machine learning|ml|ai|classifier|prediction|llm|perceptron|agent",
  weight: 1,
  noun: "inference service",
  parts: [
    "Model registry: versions with their weights; one is active",
    "Input check: shape and range before the model sees anything",
    "Predictor: scores from features and weights",
    "Feedback: corrections move the weights of the next version",
    "Shadow run: a candidate answers beside the active version and is compared",
  ],
  concerns: [
    "security|P0|inputs steer the model to leak or misbehave|treat inputs as hostile, bound the outputs, and log refusals|8|6|4",
    "performance|P1|one prediction at a time wastes the hardware|batch requests within a few milliseconds|7|7|3",
    "reliability|P1|quality falls unnoticed after a new version|compare versions on a fixed set before and on live samples after|8|7|3",
    "scalability|P1|each replica loads the whole model|load once per host and share, and scale on queue length|6|5|5",
  ],
  options: ["Rules with weights", "Classical model", "Small network on our hardware", "Hosted model"],
  criteria: [
    "quality on our own set",
    "p99 latency",
    "cost per thousand predictions",
    "explainability",
    "data leaves the house",
  ],
  measures: ["accuracy on the fixed set", "prediction p99", "cost per thousand", "share of refused inputs"],
  sketch: `
record Model { version: str, bias: int, weights: [Weight], active: bool }
record Weight { feature: str, value: int }
record Feature { id: str, name: str, amount: int }
record Prediction { label: bool, score: int, version: str }
store models: Model
store features: Feature
// Largest absolute amount of a feature.
setting maxAmount = 1000
// Registers a version without weights; the first one is active.
op registerModel(version: str, bias: int): Model {
  need len(version) > 0 else VERSION_EMPTY "a model needs a version"
  need !has(models, version) else VERSION_EXISTS "the version is taken"
  let weights: [Weight] = []
  let model = Model { version: version, bias: bias, weights: weights, active: len(all(models)) == 0 }
  put models[version] = model
  return model
}
// Sets the weight of one feature of a version.
op setWeight(version: str, feature: str, value: int): Model {
  load model = models[version] else VERSION_NOT_FOUND "no model has this version"
  var weights: [Weight] = []
  for weight in model.weights {
    if weight.feature != feature {
      weights = append(weights, weight)
    }
  }
  weights = append(weights, Weight { feature: feature, value: value })
  let changed = model with { weights: weights }
  put models[version] = changed
  return changed
}
// Makes one version the active one.
op activate(version: str) {
  need has(models, version) else VERSION_NOT_FOUND "no model has this version"
  for model in all(models) {
    put models[model.version] = model with { active: model.version == version }
  }
}
// Gives one feature of the next input.
op observe(name: str, amount: int): Feature {
  need amount <= maxAmount && amount >= 0 - maxAmount else AMOUNT_INVALID "the amount is out of range"
  let feature = Feature { id: name, name: name, amount: amount }
  put features[name] = feature
  return feature
}
// Scores the observed features with the active version, and forgets them.
op predict(): Prediction {
  var score: int = 0
  var version: str = ""
  for model in all(models) {
    if model.active {
      score = model.bias
      version = model.version
      for weight in model.weights {
        for feature in all(features) {
          if feature.name == weight.feature {
            score = score + weight.value * feature.amount
          }
        }
      }
    }
  }
  need version != "" else VERSION_NOT_FOUND "no model is active"
  for feature in all(features) {
    drop features[feature.id]
  }
  return Prediction { label: score > 0, score: score, version: version }
}
scenario "a prediction adds up weights and bias" {
  registerModel("v1", 0 - 5)
  setWeight("v1", "length", 2)
  observe("length", 4)
  result = predict()
  expect result.score == 3
  expect result.label
}
scenario "another version answers after it is activated" {
  registerModel("v1", 1)
  registerModel("v2", 0 - 1)
  first = predict()
  expect first.version == "v1"
  activate("v2")
  second = predict()
  expect second.version == "v2"
  expect !second.label
}
scenario "inputs out of range and unknown versions are refused" {
  refuse VERSION_NOT_FOUND predict()
  refuse AMOUNT_INVALID observe("length", 1001)
  registerModel("v1", 0)
  refuse VERSION_EXISTS registerModel("v1", 0)
  refuse VERSION_NOT_FOUND activate("v9")
}
`,
});
