/** `npm start`: the example fleet on the real servers. */
import { repositoryPath } from "../workspace/repository.ts";
import { stopWithParent } from "../workspace/stop-with-parent.ts";

stopWithParent();
const fleet = repositoryPath("examples/fleet/src/main.ts");
// In this process, as if Node had been given the file: one process fewer to stop, and to be killed.
process.argv[1] = fleet;
await import(fleet);
