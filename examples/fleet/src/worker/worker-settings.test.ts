import { expect, it } from "vitest";
import { readWorkerSettings } from "./worker-settings.ts";

const env = {
  WORKER_ID: "w1",
  WORKER_POOL: "reports",
  JOB_SERVICE_URL: "http://127.0.0.1:1/",
  JOB_SERVICE_TOKEN: "t",
  ARTIFACT_HOST_URL: "http://127.0.0.1:2",
};

it("reads the environment, with defaults", () => {
  expect(readWorkerSettings({ ...env, WATCHDOG_POLICY: "", HEARTBEAT_SECONDS: "2.5" })).toEqual({
    id: "w1",
    pool: "reports",
    policyFile: undefined,
    jobServiceUrl: "http://127.0.0.1:1",
    jobServiceToken: "t",
    artifactHostUrl: "http://127.0.0.1:2",
    heartbeatSeconds: 2.5,
    giveUpAfterSeconds: 60,
    metricsPort: undefined,
  });
});

it.each([
  ["WORKER_ID", ""],
  ["JOB_SERVICE_TOKEN", undefined],
  ["ARTIFACT_HOST_URL", "nowhere"],
  ["HEARTBEAT_SECONDS", "soon"],
  ["HEARTBEAT_SECONDS", "0"],
  ["METRICS_PORT", "70000"],
])("names %s where it is %j", (name, value) => {
  expect(() => readWorkerSettings({ ...env, [name]: value })).toThrow(name);
});
