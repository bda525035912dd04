/** `npm run generate`: writes rules, Alertmanager configuration, dashboards and runbooks from the policy; `-- --check` compares. */
import { repositoryPath, SOURCE_CONDITION } from "../workspace/repository.ts";
import { runTool } from "../workspace/run-tool.ts";

const watchdog = repositoryPath("packages/cli/src/main.ts");
process.exitCode = await runTool(process.execPath, [SOURCE_CONDITION, watchdog, "generate", ...process.argv.slice(2)]);
