/** `npm run bench`: every benchmark, or those whose path holds a given text. Ratios within one run; none is a test. */
import { glob } from "node:fs/promises";
import { REPOSITORY, repositoryPath, SOURCE_CONDITION } from "../workspace/repository.ts";
import { runTool } from "../workspace/run-tool.ts";

const [filter = ""] = process.argv.slice(2);
const files: string[] = [];
for await (const file of glob(["bench/*.bench.ts", "packages/*/bench/*.bench.ts"], { cwd: REPOSITORY })) {
  if (file.includes(filter)) files.push(file);
}
if (files.length === 0) {
  console.error(
    `No benchmark has ${JSON.stringify(filter)} in its path; they are bench/*.bench.ts and packages/*/bench/*.bench.ts.`,
  );
  process.exitCode = 1;
}
// One after another: two at once would measure each other.
for (const file of files.sort()) {
  console.log(`\n${file}`);
  const exitCode = await runTool(process.execPath, [SOURCE_CONDITION, "--expose-gc", repositoryPath(file)]);
  if (exitCode !== 0) process.exitCode = exitCode;
}
