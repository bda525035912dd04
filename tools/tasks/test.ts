/**
 * `npm test`: every check of this repository, in order; ends with `N passed, N failed`.
 *
 * `-- --fast` leaves out what needs servers.
 */
import { parseArgs } from "node:util";
import { runSteps } from "../check/run-steps.ts";
import { fastSteps, serverSteps } from "../check/steps.ts";
import { stopWithParent } from "../workspace/stop-with-parent.ts";

stopWithParent();
const { values } = parseArgs({ options: { fast: { type: "boolean", default: false } } });
const steps = values.fast ? fastSteps() : [...fastSteps(), ...serverSteps()];
const { passed, failed } = await runSteps(steps, process.stdout);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
