/** The sampler that OTEL_TRACES_SAMPLER names. */
import { diag } from "@opentelemetry/api";
import { getNumberFromEnv, getStringFromEnv } from "@opentelemetry/core";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace";

/** Reads OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG. Default: every trace, unless a parent decided otherwise. */
export function createSampler(): Sampler {
  const name = getStringFromEnv("OTEL_TRACES_SAMPLER")?.trim() ?? "parentbased_always_on";
  const root = createRootSampler(name.replace(/^parentbased_/, ""));
  if (root === undefined) {
    diag.warn(`worker-watchdog: OTEL_TRACES_SAMPLER "${name}" is not known; parentbased_always_on is used.`);
    return new ParentBasedSampler({ root: new AlwaysOnSampler() });
  }
  return name.startsWith("parentbased_") ? new ParentBasedSampler({ root }) : root;
}

function createRootSampler(name: string): Sampler | undefined {
  if (name === "always_on") return new AlwaysOnSampler();
  if (name === "always_off") return new AlwaysOffSampler();
  if (name === "traceidratio") return new TraceIdRatioBasedSampler(readRatio());
  return undefined;
}

function readRatio(): number {
  const ratio = getNumberFromEnv("OTEL_TRACES_SAMPLER_ARG");
  return ratio !== undefined && ratio >= 0 && ratio <= 1 ? ratio : 1;
}
