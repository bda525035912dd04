import { expect, test } from "vitest";
import * as artifactExports from "./index.ts";
import {
  issueVerifiedArtifact,
  isVerifiedArtifact,
  type VerifiedArtifact,
  type VerifiedArtifactFields,
} from "./verified-artifact.ts";

const fields: VerifiedArtifactFields = {
  jobId: "job-1",
  attemptId: "trace-1",
  url: "https://files.example/a?signature=1",
  filesUrl: "https://files.example/files.json",
  recordUrl: "https://files.example/a",
  checkId: "check-1",
  httpStatus: 302,
  finalStatus: 200,
  fileCount: 2,
  sha256: "ab".repeat(32),
  kinds: ["html_report"],
  checkedAt: 1_790_000_000_000,
  evidenceRef: "artifact-check/check-1",
};

test("the gate's own artifact counts for its job and attempt, and for no other", () => {
  const artifact = issueVerifiedArtifact(fields);
  expect({ ...artifact }).toEqual(fields);
  expect(isVerifiedArtifact(artifact, "job-1", "trace-1")).toBe(true);
  expect(isVerifiedArtifact(artifact, "job-2", "trace-1")).toBe(false);
  expect(isVerifiedArtifact(artifact, "job-1", "trace-2")).toBe(false);
});

test("a forgery never counts", () => {
  const artifact = issueVerifiedArtifact(fields);
  const prototype: object = Object.getPrototypeOf(artifact);
  const forgeries: unknown[] = [
    undefined,
    null,
    "job-1",
    fields,
    { ...artifact },
    structuredClone(artifact),
    JSON.parse(JSON.stringify(artifact)),
    Object.create(artifact),
    Object.create(prototype, Object.getOwnPropertyDescriptors(artifact)),
    Object.assign(Object.create(prototype), fields),
    Object.setPrototypeOf({ ...fields }, prototype),
    new Proxy(artifact, {}),
  ];
  for (const forgery of forgeries) expect(isVerifiedArtifact(forgery, "job-1", "trace-1")).toBe(false);
});

test("its constructor makes nothing for anybody else", () => {
  const { constructor: Maker } = issueVerifiedArtifact(fields) as unknown as {
    constructor: new (...args: unknown[]) => VerifiedArtifact;
  };
  for (const given of [undefined, null, Symbol("worker-watchdog.artifact-gate"), {}]) {
    expect(() => new Maker(given, fields)).toThrow("made by the artifact gate alone");
  }
  class Forged extends Maker {}
  expect(() => new Forged(undefined, fields)).toThrow("made by the artifact gate alone");
  expect(() => Reflect.construct(Maker, [undefined, fields])).toThrow("made by the artifact gate alone");
});

test("it can not be changed or bound to another job", () => {
  const artifact = issueVerifiedArtifact(fields);
  expect(() => Object.assign(artifact, { jobId: "job-2" })).toThrow(TypeError);
  expect(() => Object.defineProperty(artifact, "jobId", { value: "job-2" })).toThrow(TypeError);
  expect(() => (artifact.kinds as string[]).push("late")).toThrow(TypeError);
  expect(isVerifiedArtifact(artifact, "job-2", "trace-1")).toBe(false);
});

test("what makes one is not exported", () => {
  expect(Object.keys(artifactExports).sort()).toEqual([
    "createArtifactGate",
    "isVerifiedArtifact",
    "parseArtifactClaim",
  ]);
});

test("a false green does not compile", () => {
  const complete = (artifact: VerifiedArtifact): boolean => isVerifiedArtifact(artifact, "job-1", "trace-1");
  // @ts-expect-error the fields alone are no proof
  expect(complete(fields)).toBe(false);
  // @ts-expect-error nor is a copy
  expect(complete({ ...issueVerifiedArtifact(fields) })).toBe(false);
  expect(complete(issueVerifiedArtifact(fields))).toBe(true);
});
