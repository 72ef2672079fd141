import { Deployment } from "kubernetes-models/apps/v1";
import { HorizontalPodAutoscaler } from "kubernetes-models/autoscaling/v2";
import { Ingress, NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1";
import { ConfigMap, Namespace, Service, ServiceAccount as ServiceAccountModel } from "kubernetes-models/v1";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { draftOutcome } from "../../../src/performers/draft.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import { draftTask } from "./draft-task.ts";

type Model = new (data: never) => { validate(): void };

const MODELS: Readonly<Record<string, Model>> = {
  Namespace,
  ConfigMap,
  Service,
  ServiceAccount: ServiceAccountModel,
  Deployment,
  HorizontalPodAutoscaler,
  Ingress,
  NetworkPolicy,
  PodDisruptionBudget,
};

type Manifest = JsonObject & { kind: string; metadata: { name: string }; spec: JsonObject };

function manifests(parameters: JsonObject): readonly Manifest[] {
  const outcome = draftOutcome(
    draftTask("DEPLOY", "manifests", { target: "payment gateway", ...parameters }),
  );
  return outcome
    .artifacts!.filter(({ path }) => path.includes("/k8s/"))
    .map(({ content }) => parse(content) as Manifest);
}

const kindsOf = (parameters: JsonObject) => manifests(parameters).map(({ kind }) => kind);

describe("drafted Kubernetes manifests", () => {
  test.each<[string, JsonObject]>([
    ["the defaults", {}],
    ["a host and one replica", { host: "pay.example.org", replicas: 1, autoscale: false }],
    [
      "bounds",
      {
        replicas: 1_000,
        port: 65_535,
        image: "registry.example/pay:2.0.1",
        env: { LOG_LEVEL: "info", N: 3 },
      },
    ],
    ["values out of bounds", { replicas: -4, port: 99_999, host: "not a host", image: "NO TAG" }],
  ])("satisfy the API's own schema with %s", (_, parameters) => {
    for (const manifest of manifests(parameters)) {
      if (manifest.kind === "Kustomization") continue;
      const Model = MODELS[manifest.kind]!;
      expect(() => new Model(manifest as never).validate(), manifest.kind).not.toThrow();
    }
  });

  test("the schema would refuse a faulty one", () => {
    const deployment = manifests({}).find(({ kind }) => kind === "Deployment")!;
    const faulty = { ...deployment, spec: { ...deployment.spec, selector: "app" } };
    expect(() => new Deployment(faulty as never).validate()).toThrow();
  });

  test("are chosen by the parameters", () => {
    expect(kindsOf({})).toContain("HorizontalPodAutoscaler");
    expect(kindsOf({ autoscale: false })).not.toContain("HorizontalPodAutoscaler");
    expect(kindsOf({ replicas: 1 })).not.toContain("PodDisruptionBudget");
    expect(kindsOf({ host: "pay.example.org" })).toContain("Ingress");
    expect(kindsOf({ host: "pay_example" })).not.toContain("Ingress");
  });

  test("run without rights, with probes and bounds, and leave the count to the autoscaler", () => {
    const deployment = manifests({ replicas: 3 }).find(({ kind }) => kind === "Deployment")!;
    expect(deployment.spec.replicas).toBeUndefined();
    expect(deployment.spec).toMatchObject({
      template: {
        spec: {
          securityContext: { runAsNonRoot: true },
          containers: [
            {
              securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
              readinessProbe: { httpGet: { port: "http" } },
              livenessProbe: { httpGet: { port: "http" } },
              resources: { requests: { cpu: "100m" }, limits: { memory: "256Mi" } },
            },
          ],
        },
      },
    });
    expect(
      manifests({ replicas: 3, autoscale: false }).find(({ kind }) => kind === "Deployment")!.spec.replicas,
    ).toBe(3);
  });

  test("the kustomization names every other file", () => {
    const outcome = draftOutcome(draftTask("DEPLOY", "manifests", { target: "payment gateway" }));
    const names = outcome.artifacts!.map(({ path }) => path).filter((path) => path.includes("/k8s/"));
    const list = parse(
      outcome.artifacts!.find(({ path }) => path.endsWith("kustomization.yaml"))!.content,
    ) as { resources: string[] };
    expect(
      names.map((path) => path.split("/").at(-1)).filter((name) => name !== "kustomization.yaml"),
    ).toEqual(list.resources);
  });

  test("a setting that looks like a secret stays out and is named", () => {
    const task = draftTask("DEPLOY", "manifests", {
      target: "shop",
      env: { DB_PASSWORD: "hunter2", LOG_LEVEL: "info" },
    });
    const outcome = draftOutcome(task);
    expect(JSON.stringify(outcome)).not.toContain("hunter2");
    expect(outcome.output).toContain("DB_PASSWORD looks like a secret");
  });

  test("port and replicas are claims, so that two deployments of one name can be seen to disagree", () => {
    expect(
      draftOutcome(draftTask("DEPLOY", "manifests", { target: "shop", port: 9000 })).claims,
    ).toContainEqual({ subject: "port of shop", value: 9000 });
  });
});

describe("a drafted Compose file", () => {
  test("holds one service with its health check and its limits", () => {
    const outcome = draftOutcome(
      draftTask("DEPLOY", "manifests", {
        target: "payment gateway",
        platform: "docker_compose",
        port: 9000,
        replicas: 2,
      }),
    );
    const paths = outcome.artifacts!.map(({ path }) => path);
    expect(paths).toEqual(["payment-gateway/compose.yaml", "payment-gateway/Dockerfile"]);
    const compose = parse(outcome.artifacts![0]!.content) as { services: Record<string, JsonObject> };
    expect(compose.services["payment-gateway"]).toMatchObject({
      read_only: true,
      cap_drop: ["ALL"],
      healthcheck: { interval: "10s" },
      deploy: { replicas: 2 },
    });
  });
});
