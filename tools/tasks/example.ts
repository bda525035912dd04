/** `npm run example -- NAME`: one of the small examples. */
import { existsSync, globSync } from "node:fs";
import { basename, dirname } from "node:path";
import { REPOSITORY, repositoryPath, SOURCE_CONDITION } from "../workspace/repository.ts";
import { runTool } from "../workspace/run-tool.ts";

const [name = "", ...args] = process.argv.slice(2);
const main = repositoryPath("examples", name, "src/main.ts");
if (!/^[a-z-]+$/.test(name) || !existsSync(main)) {
  const names = globSync("examples/*/src/main.ts", { cwd: REPOSITORY }).map((file) => basename(dirname(dirname(file))));
  console.error(`There is no example ${JSON.stringify(name)}; there are ${names.sort().join(", ")}.`);
  process.exitCode = 1;
} else {
  process.exitCode = await runTool(process.execPath, [SOURCE_CONDITION, main, ...args]);
}
