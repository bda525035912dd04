/** `npm run shell-worker`: the example of a worker in plain sh. */
import { repositoryPath } from "../workspace/repository.ts";
import { stopWithParent } from "../workspace/stop-with-parent.ts";

stopWithParent();
await import(repositoryPath("examples/shell-worker/src/main.ts"));
