import { afterEach, describe, expect, it, vi } from "vitest";
import { createSampler } from "./sampler.ts";

afterEach(() => vi.unstubAllEnvs());

describe("createSampler", () => {
  it.each([
    {
      name: undefined,
      sampler:
        "ParentBased{root=AlwaysOnSampler, remoteParentSampled=AlwaysOnSampler, remoteParentNotSampled=AlwaysOffSampler, localParentSampled=AlwaysOnSampler, localParentNotSampled=AlwaysOffSampler}",
    },
    { name: "always_off", sampler: "AlwaysOffSampler" },
    { name: "traceidratio", argument: "0.25", sampler: "TraceIdRatioBased{0.25}" },
    { name: "traceidratio", argument: "7", sampler: "TraceIdRatioBased{1}" },
    {
      name: "sometimes",
      sampler:
        "ParentBased{root=AlwaysOnSampler, remoteParentSampled=AlwaysOnSampler, remoteParentNotSampled=AlwaysOffSampler, localParentSampled=AlwaysOnSampler, localParentNotSampled=AlwaysOffSampler}",
    },
  ])("is $sampler for $name", ({ name, argument, sampler }) => {
    vi.stubEnv("OTEL_TRACES_SAMPLER", name ?? "");
    vi.stubEnv("OTEL_TRACES_SAMPLER_ARG", argument ?? "");
    expect(createSampler().toString()).toBe(sampler);
  });
});
