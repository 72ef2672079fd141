import { domain } from "./domain.ts";

export const parser = domain({
  id: "parser",
  words: "parser|lexer|tokenizer|tokeniser|compiler|interpreter|language|dsl|grammar|formatter",
  noun: "parser",
  parts: [
    "Tokeniser: text to tokens with positions",
    "Parser: tokens to a tree; errors name place, expected and got",
    "Evaluator: walks the tree within limits",
    "Diagnostics: stable codes, several at once",
  ],
  concerns: [
    "security|P0|deep or huge inputs exhaust stack and memory|limit length and depth, and test both at a million|9|9|1",
    "performance|P1|backtracking makes some inputs quadratic|parse by precedence with one token of look-ahead|6|7|3",
    "reliability|P1|one error hides all that follow|recover at statement ends and report several|6|6|3",
    "scalability|P2|large files are read whole|offer a streaming tokeniser with bounded memory|4|5|4",
  ],
  options: ["Hand-written recursive descent", "Parser generator", "Parser combinators", "Incremental parser"],
  criteria: ["quality of errors", "speed per MiB", "recovery", "ease of changing the grammar"],
  measures: ["MiB per second", "time on the worst input", "diagnostics per faulty file"],
  sketch: `
record Token { kind: str, text: str, offset: int }
record Binding { name: str, value: int }
store bindings: Binding
// Longest text that is read, in characters.
setting maxLength = 10000
// Splits a text into numbers, names and the signs + - * =, with their offsets.
op tokenise(source: str): [Token] {
  need len(source) <= maxLength else SOURCE_LONG "the text is too long"
  var tokens: [Token] = []
  var current: str = ""
  var kind: str = ""
  var offset: int = 0
  var start: int = 0
  for c in chars(source) {
    var found: str = "sign"
    if isDigit(c) {
      found = "number"
    }
    if isLetter(c) {
      found = "name"
    }
    if c == " " {
      found = "space"
    }
    need found != "sign" || c == "+" || c == "-" || c == "*" || c == "=" else SIGN_UNKNOWN "a sign is one of + - * ="
    if current != "" && (found != kind || found == "sign") {
      if kind != "space" {
        tokens = append(tokens, Token { kind: kind, text: current, offset: start })
      }
      current = ""
    }
    if current == "" {
      start = offset
    }
    current = current + c
    kind = found
    offset = offset + 1
  }
  if current != "" && kind != "space" {
    tokens = append(tokens, Token { kind: kind, text: current, offset: start })
  }
  return tokens
}
// Computes sums of products from tokens; names stand for bound values.
op compute(tokens: [Token]): int {
  need len(tokens) > 0 else EXPRESSION_EMPTY "expected a number or a name"
  var total: int = 0
  var product: int = 0
  var factorSign: int = 1
  var pending: str = "+"
  var expectsSign: bool = false
  for token in tokens {
    if !expectsSign {
      need token.kind != "sign" else VALUE_EXPECTED "expected a number or a name, got a sign"
      var value: int = 0
      if token.kind == "number" {
        value = toInt(token.text)
      } else {
        load binding = bindings[token.text] else NAME_NOT_FOUND "the name is not bound"
        value = binding.value
      }
      if pending == "*" {
        product = product * value
      } else {
        total = total + factorSign * product
        product = value
        factorSign = 1
        if pending == "-" {
          factorSign = 0 - 1
        }
      }
      expectsSign = true
    } else {
      need token.kind == "sign" && token.text != "=" else SIGN_EXPECTED "expected + - or *"
      pending = token.text
      expectsSign = false
    }
  }
  need expectsSign else VALUE_EXPECTED "the expression ends after a sign"
  return total + factorSign * product
}
// Binds a name to a value for later expressions.
op bind(name: str, value: int): Binding {
  need len(words(name)) == 1 else NAME_INVALID "a name is one word"
  let binding = Binding { name: name, value: value }
  put bindings[name] = binding
  return binding
}
scenario "products bind tighter than sums" {
  bind("x", 4)
  tokens = tokenise("2 + 3 * x - 1")
  expect len(tokens) == 7
  value = compute(tokens)
  expect value == 13
}
scenario "offsets count from the start of the text" {
  tokens = tokenise("  12")
  expect len(tokens) == 1
  value = compute(tokens)
  expect value == 12
}
scenario "faulty texts are refused with their reason" {
  refuse SIGN_UNKNOWN tokenise("1 / 2")
  open = tokenise("1 +")
  refuse VALUE_EXPECTED compute(open)
  unbound = tokenise("y")
  refuse NAME_NOT_FOUND compute(unbound)
  double = tokenise("1 2")
  refuse SIGN_EXPECTED compute(double)
}
`,
});
