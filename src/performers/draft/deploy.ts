import { stringify } from "yaml";
import type { Task } from "../../actors/ports.ts";
import type { Artifact } from "../../plan/outcome.ts";
import { isJsonObject, type JsonObject } from "../../shared/json.ts";
import { file } from "./code/code-brief.ts";
import { composeFile, type DeploySpec, kubernetesManifests } from "./deploy-manifests.ts";
import {
  contextLines,
  type Draft,
  type Drafters,
  describe,
  domainOf,
  numberOf,
  rawSubject,
  subjectOf,
  textOf,
  upstreamOf,
  upstreamValue,
  valueNamed,
} from "./drafting.ts";
import { bullets, fence, inline, numbered, section, sections, table } from "./markdown.ts";
import { slug } from "./names.ts";
import { foremost, standardsFor } from "./standards.ts";

/** DEPLOY: files, their checks, the runbook. */
export const deployDrafters: Drafters = { manifests, checks, rollout };

const IMAGE = /^[a-z0-9][a-z0-9._/:-]{0,200}(?::[\w][\w.-]{0,127}|@sha256:[a-f0-9]{64})$/;
const HOST = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/;

type Planned = {
  readonly spec: DeploySpec;
  readonly notes: readonly string[];
  readonly files: readonly Artifact[];
  readonly compose: boolean;
};

function planned(task: Task): Planned {
  const notes: string[] = [];
  // A DNS label has at most 63 characters; slugs end at 41.
  const name = slug(rawSubject(task), "app");
  const wantedImage = textOf(task, "image");
  const image = wantedImage && IMAGE.test(wantedImage) ? wantedImage : `registry.example/${name}:0.1.0`;
  if (image !== wantedImage)
    notes.push(
      wantedImage
        ? `the image "${inline(wantedImage, 60)}" has no tag or is not valid; ${image} stands in`
        : `no image was given; ${image} stands in`,
    );
  const wantedHost = textOf(task, "host")?.toLowerCase();
  const host = wantedHost && HOST.test(wantedHost) ? wantedHost : undefined;
  if (wantedHost && !host) notes.push(`"${inline(wantedHost, 60)}" is no host name; no Ingress was made`);
  const given = valueNamed(task, "env");
  const env: Record<string, string> = {};
  for (const [key, value] of Object.entries(isJsonObject(given) ? given : {})) {
    if (/secret|token|password|key$/i.test(key))
      notes.push(`${inline(key, 40)} looks like a secret; it belongs into a Secret, not into these files`);
    else if (/^[A-Za-z_]\w{0,60}$/.test(key)) env[key] = describe(value).slice(0, 1_000);
    else notes.push(`${inline(key, 40)} is no name for a setting`);
  }
  const clamp = (value: number, least: number, most: number): number =>
    Math.round(Math.min(most, Math.max(least, value)));
  const spec: DeploySpec = {
    name,
    namespace: slug(`${textOf(task, "environment") ?? "production"}`, "production"),
    image,
    replicas: clamp(numberOf(task, "replicas", 2), 1, 1_000),
    port: clamp(numberOf(task, "port", 8_080), 1, 65_535),
    host,
    environment: inline(textOf(task, "environment") ?? "production", 40),
    autoscale: valueNamed(task, "autoscale") !== false,
    env,
    cpuMillis: clamp(numberOf(task, "cpu_millis", 100), 10, 64_000),
    memoryMi: clamp(numberOf(task, "memory_mi", 128), 16, 262_144),
  };
  const compose = textOf(task, "platform") === "docker_compose";
  const files = compose
    ? [yamlFile(`${name}/compose.yaml`, composeFile(spec)), dockerfile(task, spec)]
    : [
        ...kubernetesManifests(spec).map((m) => yamlFile(`${name}/k8s/${m.file}.yaml`, m.object)),
        yamlFile(`${name}/k8s/kustomization.yaml`, {
          apiVersion: "kustomize.config.k8s.io/v1beta1",
          kind: "Kustomization",
          resources: kubernetesManifests(spec).map((m) => `${m.file}.yaml`),
        }),
        dockerfile(task, spec),
      ];
  return { spec, notes, files, compose };
}

function yamlFile(path: string, object: JsonObject): Artifact {
  return { path, content: stringify(object, { lineWidth: 0 }), mediaType: "application/yaml" };
}

const IMAGES: Readonly<Record<string, readonly string[]>> = {
  typescript: [
    "FROM node:24-slim",
    "WORKDIR /app",
    "COPY package*.json ./",
    "RUN npm ci --omit=dev --ignore-scripts",
    "COPY src ./src",
    "USER 10001:10001",
    'CMD ["node", "src/main.ts"]',
  ],
  python: [
    "FROM python:3.13-slim",
    "WORKDIR /app",
    "COPY . .",
    "RUN pip install --no-cache-dir .",
    "USER 10001:10001",
    'CMD ["python", "-m", "MODULE"]',
  ],
  rust: [
    "FROM rust:1-slim AS build",
    "WORKDIR /src",
    "COPY . .",
    "RUN cargo build --release --locked",
    "FROM debian:stable-slim",
    "COPY --from=build /src/target/release/NAME /app/NAME",
    "USER 10001:10001",
    'CMD ["/app/NAME"]',
  ],
  go: [
    "FROM golang:1.24 AS build",
    "WORKDIR /src",
    "COPY . .",
    "RUN CGO_ENABLED=0 go build -o /app ./cmd/app",
    "FROM scratch",
    "COPY --from=build /app /app",
    "USER 10001:10001",
    'CMD ["/app"]',
  ],
};

function dockerfile(task: Task, spec: DeploySpec): Artifact {
  const language = textOf(task, "language") ?? upstreamValue(task, "language");
  const lines = IMAGES[typeof language === "string" ? language : "typescript"] ?? IMAGES.typescript!;
  return file(`${spec.name}/Dockerfile`, [
    `# Draft made by rules: ${typeof language === "string" && Object.hasOwn(IMAGES, language) ? "for the language of the code upstream" : "no language was given, Node is assumed"}.`,
    ...lines.slice(0, -2).map((line) => line.replaceAll("NAME", spec.name)),
    `EXPOSE ${spec.port}`,
    ...lines
      .slice(-2)
      .map((line) => line.replaceAll("NAME", spec.name).replaceAll("MODULE", spec.name.replaceAll("-", "_"))),
  ]);
}

function manifests(task: Task): Draft {
  const { spec, notes, files, compose } = planned(task);
  const asked = contextLines(task);
  return {
    title: `Deployment of ${subjectOf(task)}`,
    body: sections(
      `${files.length} files for ${compose ? "Docker Compose" : "Kubernetes"}: ${spec.replicas} ${spec.replicas === 1 ? "replica" : "replicas"} of \`${spec.image}\` on port ${spec.port}${spec.host ? `, reached as ${spec.host}` : ""}, environment ${spec.environment}.`,
      upstreamOf(task).length > 0 &&
        section("What is deployed", bullets(upstreamOf(task).map((u) => u.title))),
      section(
        "To know",
        bullets([
          ...notes,
          compose
            ? "the health check calls /app/healthcheck inside the image: provide it, or replace the command"
            : "the probes ask /healthz and /readyz: the program must answer both",
          ...asked.map((line) => `asked for: ${line.name} = ${line.text}`),
        ]),
      ),
      ...files.map(
        (f) => `### ${f.path}\n\n${fence(f.path.endsWith("Dockerfile") ? "dockerfile" : "yaml", f.content)}`,
      ),
    ),
    data: {
      platform: compose ? "docker_compose" : "kubernetes",
      name: spec.name,
      image: spec.image,
      replicas: spec.replicas,
      port: spec.port,
      files: files.map((f) => f.path),
      notes: [...notes],
    },
    artifacts: files,
    claims: [
      { subject: `port of ${spec.name}`, value: spec.port },
      { subject: `replicas of ${spec.name}`, value: spec.replicas },
    ],
  };
}

function checks(task: Task): Draft {
  const { spec, notes, compose } = planned(task);
  const rows: string[][] = [
    ["image has a fixed tag", spec.image.endsWith(":latest") ? "failed" : "passed", spec.image],
    ["several replicas", spec.replicas > 1 ? "passed" : "failed", `${spec.replicas}`],
    ["not root, read-only root file system, no capabilities", "passed", "securityContext"],
    ["health is asked for", "passed", compose ? "healthcheck" : "startup, readiness and liveness probes"],
    ["memory is bounded", "passed", `${spec.memoryMi} Mi asked, ${spec.memoryMi * 2} Mi at most`],
    [
      "a rollout keeps all replicas",
      compose ? "failed" : "passed",
      compose ? "Compose replaces containers at once" : "maxUnavailable 0",
    ],
    [
      "a drain leaves some running",
      !compose && spec.replicas > 1 ? "passed" : "failed",
      !compose && spec.replicas > 1 ? "PodDisruptionBudget" : "one replica or no budget",
    ],
    [
      "no secret in the files",
      notes.some((n) => n.includes("secret")) ? "failed" : "passed",
      "settings looked at by name",
    ],
    [
      "reached from outside over TLS only",
      spec.host ? "passed" : "not applicable",
      spec.host ?? "no host given",
    ],
    ...standardsFor(task, "")
      .filter((s) => s.id !== "role")
      .flatMap((s) => foremost(s, 3).map((c) => [`${s.name}: ${c.look}`, "to be done", c.finding])),
  ];
  const failed = rows.filter((row) => row[1] === "failed").length;
  return {
    title: `Checks before ${subjectOf(task)} is deployed`,
    body: sections(
      upstreamOf(task).length > 0 &&
        `Read: ${upstreamOf(task)
          .map((u) => `"${u.title}"`)
          .join(", ")}.`,
      section("Checks", table(["check", "result", "seen in"], rows)),
      section("Open", bullets(notes)),
      section(
        "Verdict",
        failed === 0 ? "may be applied to a test environment" : `${failed} checks failed: correct them first`,
      ),
    ),
    data: {
      checks: rows.map(([check, result, seen]) => ({ check: check!, result: result!, seen: seen! })),
      failed,
    },
  };
}

function rollout(task: Task): Draft {
  const { spec, compose } = planned(task);
  const known = domainOf(task);
  const apply = compose
    ? [
        `cd ${spec.name}`,
        "docker compose config --quiet",
        "docker compose up --detach --wait",
        "docker compose ps",
      ]
    : [
        `kubectl apply --dry-run=server -k ${spec.name}/k8s`,
        `kubectl diff -k ${spec.name}/k8s`,
        `kubectl apply -k ${spec.name}/k8s`,
        `kubectl -n ${spec.namespace} rollout status deployment/${spec.name} --timeout=5m`,
      ];
  const back = compose
    ? ["docker compose down", "git checkout the last good tag, then: docker compose up --detach --wait"]
    : [
        `kubectl -n ${spec.namespace} rollout undo deployment/${spec.name}`,
        `kubectl -n ${spec.namespace} rollout status deployment/${spec.name}`,
      ];
  return {
    title: `Runbook: ${subjectOf(task)} to ${spec.environment}`,
    body: sections(
      section(
        "Before",
        numbered([
          "the checks above show no failure",
          `\`${spec.image}\` is in the registry and was scanned`,
          "someone who can roll back is present",
          "the figures below were read for an hour",
        ]),
      ),
      section(
        "Apply",
        fence("sh", apply.join("\n")),
        `It is well when ${spec.replicas} of ${spec.replicas} are ready.`,
      ),
      section(
        "Watch for 30 minutes",
        table(
          ["figure", "roll back when"],
          [
            ["share of failed requests", "above 1% for 5 minutes"],
            ["p99 latency", "above twice the hour before"],
            ["restarts", "more than 2 of one replica"],
            ...known.measures.slice(0, 2).map((m) => [m, "worse than the hour before by a quarter"]),
          ],
        ),
      ),
      section("Roll back", fence("sh", back.join("\n"))),
      section(
        "When the rollback fails",
        numbered([
          "stop traffic at the edge and say so on the status page",
          "keep one broken replica for inspection, remove the rest",
          "restore the last backup into an empty place and compare before switching",
        ]),
      ),
    ),
    data: { commands: apply, rollback: back, watch: ["errors", "latency", "restarts"] },
    artifacts: [runbookFile(spec.name, apply, back)],
  };
}

function runbookFile(name: string, apply: readonly string[], back: readonly string[]): Artifact {
  const title = [`# ${name}: roll-out and rollback`, "", "> Draft made by rules, without a model.", ""];
  return file(`${name}/RUNBOOK.md`, [
    ...title,
    "```sh",
    ...apply,
    "```",
    "",
    "Roll back:",
    "",
    "```sh",
    ...back,
    "```",
  ]);
}
