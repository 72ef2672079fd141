import type { JsonObject } from "../../shared/json.ts";

/** What a deployment is made from; every name is already a DNS label, every number within its bounds. */
export type DeploySpec = {
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  readonly replicas: number;
  readonly port: number;
  readonly host: string | undefined;
  readonly environment: string;
  readonly autoscale: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly cpuMillis: number;
  readonly memoryMi: number;
};

/** One Kubernetes object with the file it is written to. */
export type Manifest = { readonly file: string; readonly object: JsonObject };

/** The Kubernetes objects of a deployment: always Namespace, ConfigMap, ServiceAccount, Deployment, Service, NetworkPolicy; others by parameters. */
export function kubernetesManifests(spec: DeploySpec): readonly Manifest[] {
  const labels = { "app.kubernetes.io/name": spec.name, "app.kubernetes.io/managed-by": "abyssal" };
  const select = { "app.kubernetes.io/name": spec.name };
  const meta = { name: spec.name, namespace: spec.namespace, labels };
  const manifests: Manifest[] = [
    {
      file: "namespace",
      object: {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: spec.namespace, labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
      },
    },
    {
      file: "configmap",
      object: {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: meta,
        data: { PORT: String(spec.port), ENVIRONMENT: spec.environment, ...spec.env },
      },
    },
    {
      file: "serviceaccount",
      object: {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: meta,
        automountServiceAccountToken: false,
      },
    },
    { file: "deployment", object: deployment(spec, meta, labels, select) },
    {
      file: "service",
      object: {
        apiVersion: "v1",
        kind: "Service",
        metadata: meta,
        spec: { selector: select, ports: [{ name: "http", port: 80, targetPort: "http", protocol: "TCP" }] },
      },
    },
    {
      file: "networkpolicy",
      object: {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: meta,
        spec: {
          podSelector: { matchLabels: select },
          policyTypes: ["Ingress"],
          ingress: [{ ports: [{ port: spec.port, protocol: "TCP" }] }],
        },
      },
    },
  ];
  if (spec.replicas > 1) {
    manifests.push({
      file: "poddisruptionbudget",
      object: {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: meta,
        spec: { maxUnavailable: 1, selector: { matchLabels: select } },
      },
    });
  }
  if (spec.autoscale) manifests.push({ file: "horizontalpodautoscaler", object: autoscaler(spec, meta) });
  if (spec.host) manifests.push({ file: "ingress", object: ingress(spec, meta, spec.host) });
  return manifests;
}

function deployment(spec: DeploySpec, meta: JsonObject, labels: JsonObject, select: JsonObject): JsonObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: meta,
    spec: {
      // With an autoscaler the count belongs to it: a number here would undo its work on each apply.
      ...(spec.autoscale ? {} : { replicas: spec.replicas }),
      revisionHistoryLimit: 5,
      selector: { matchLabels: select },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: spec.name,
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 30,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 10001,
            runAsGroup: 10001,
            fsGroup: 10001,
            seccompProfile: { type: "RuntimeDefault" },
          },
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: "kubernetes.io/hostname",
              whenUnsatisfiable: "ScheduleAnyway",
              labelSelector: { matchLabels: select },
            },
          ],
          containers: [container(spec)],
          volumes: [{ name: "tmp", emptyDir: { sizeLimit: "64Mi" } }],
        },
      },
    },
  };
}

function container(spec: DeploySpec): JsonObject {
  const probe = (path: string): JsonObject => ({ httpGet: { path, port: "http" } });
  return {
    name: "app",
    image: spec.image,
    imagePullPolicy: "IfNotPresent",
    ports: [{ name: "http", containerPort: spec.port, protocol: "TCP" }],
    envFrom: [{ configMapRef: { name: spec.name } }],
    startupProbe: { ...probe("/healthz"), periodSeconds: 2, failureThreshold: 30 },
    readinessProbe: {
      ...probe("/readyz"),
      periodSeconds: 5,
      timeoutSeconds: 2,
      failureThreshold: 3,
    },
    livenessProbe: {
      ...probe("/healthz"),
      periodSeconds: 10,
      timeoutSeconds: 2,
      failureThreshold: 3,
    },
    resources: {
      requests: { cpu: `${spec.cpuMillis}m`, memory: `${spec.memoryMi}Mi` },
      limits: { memory: `${spec.memoryMi * 2}Mi` },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
  };
}

function autoscaler(spec: DeploySpec, meta: JsonObject): JsonObject {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: meta,
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: spec.name },
      minReplicas: spec.replicas,
      maxReplicas: Math.min(4_000, spec.replicas * 4),
      metrics: [
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } },
        },
      ],
      behavior: { scaleDown: { stabilizationWindowSeconds: 300 } },
    },
  };
}

function ingress(spec: DeploySpec, meta: JsonObject, host: string): JsonObject {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: meta,
    spec: {
      tls: [{ hosts: [host], secretName: `${spec.name}-tls` }],
      rules: [
        {
          host,
          http: {
            paths: [
              {
                path: "/",
                pathType: "Prefix",
                backend: { service: { name: spec.name, port: { name: "http" } } },
              },
            ],
          },
        },
      ],
    },
  };
}

/** A Compose file (compose specification) for one service. */
export function composeFile(spec: DeploySpec): JsonObject {
  return {
    name: spec.name,
    services: {
      [spec.name]: {
        image: spec.image,
        build: { context: "." },
        restart: "unless-stopped",
        init: true,
        read_only: true,
        user: "10001:10001",
        cap_drop: ["ALL"],
        security_opt: ["no-new-privileges:true"],
        tmpfs: ["/tmp:size=64m"],
        ports: [`127.0.0.1:${spec.port}:${spec.port}`],
        environment: { PORT: String(spec.port), ENVIRONMENT: spec.environment, ...spec.env },
        healthcheck: {
          test: ["CMD", "/app/healthcheck"],
          interval: "10s",
          timeout: "2s",
          retries: 3,
          start_period: "20s",
        },
        deploy: {
          replicas: spec.replicas,
          resources: {
            limits: { memory: `${spec.memoryMi * 2}m` },
            reservations: { cpus: String(spec.cpuMillis / 1000), memory: `${spec.memoryMi}m` },
          },
        },
      },
    },
  };
}
