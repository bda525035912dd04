/** `npm run format`: formats every file and applies the fixes that are safe. */
import { toolPath } from "../workspace/repository.ts";
import { runTool } from "../workspace/run-tool.ts";

process.exitCode = await runTool(toolPath("biome"), ["check", "--write", ...process.argv.slice(2)]);
