/**
 * What a wrapped phase costs beside the same span and duration written by hand with the OpenTelemetry API, with an SDK, without one, and with a
 * journal in a file; what a worker that lives long holds; and what importing the library takes. All in one run, turn by turn, each variant in a
 * process of its own, so that a busy machine slows every variant alike.
 */
import { measureImport } from "./phase-cost/measure-import.ts";
import { measureLongLife } from "./phase-cost/measure-long-life.ts";
import { measurePhases } from "./phase-cost/measure-phases.ts";

await measurePhases();
await measureLongLife();
await measureImport();
