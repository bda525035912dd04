/** `watchdog page-test`: does a page reach every owner? */
import type { Command } from "../command.ts";
import { Alertmanager } from "../operator/alertmanager.ts";
import { OPERATOR_OPTIONS, OPERATOR_OPTIONS_HELP, operator } from "../operator/operator.ts";
import { runOperatorCommand } from "../operator/run-operator-command.ts";
import { runPageTest } from "../operator/run-page-test.ts";
import { serverAddress } from "../operator/server-address.ts";
import { journalFile } from "../worker-settings.ts";

export const pageTestCommand: Command = {
  help: `  --alertmanager URL  default: WATCHDOG_ALERTMANAGER_URL, else http://127.0.0.1:9093
  --reason TEXT  why; default: a page test
${OPERATOR_OPTIONS_HELP}

Posts one synthetic page and one message for each owner to Alertmanager: \`TEST PAGE\` in their first words, with every field of a
page. They take the routes of real ones, mute none and are in no group with any, and resolve by themselves. Says which receiver
must show each, and whether Alertmanager took it, routes it there, and mutes it.

Exit code 0 when all are on their way; 1 where one is not; 2 wrong usage.`,
  options: { alertmanager: { type: "string" }, ...OPERATOR_OPTIONS },
  run: (values, context) =>
    runOperatorCommand(values, context, (policy, clean) =>
      runPageTest({
        operator: operator(values, context, { command: "page-test", reason: "page test" }),
        policy,
        alertmanager: new Alertmanager(serverAddress("alertmanager", values, context)),
        journalFile: journalFile(values, context),
        context: clean,
      }),
    ),
};
