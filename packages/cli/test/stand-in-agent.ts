/**
 * A stand-in for an agent: it asks no model. It prints what real agents printed (the recordings of the sdk's tests), step by step, and ends as it is
 * told.
 *
 * Steps: a recording's name, `wait:MILLIS`, `say:TEXT` (one line on stdout), `env:NAME`, `write:FILE`,
 * `watchdog:ARGUMENTS` (a command of its own), `until-signal:TEXT` (says TEXT, and waits), `exit:CODE`.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { recording } from "../../sdk/src/session/testing/recording.ts";

for (const step of process.argv.slice(2)) {
  const [verb = "", ...rest] = step.split(":");
  const value = rest.join(":");
  if (verb === "wait") await new Promise((resolve) => setTimeout(resolve, Number(value)));
  else if (verb === "say") process.stdout.write(`${value}\n`);
  else if (verb === "env") process.stdout.write(`${value}=${process.env[value] ?? "<unset>"}\n`);
  else if (verb === "watchdog") {
    const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
    const watchdog = `${process.execPath} --conditions=@worker-watchdog/source ${main}`;
    execFileSync("sh", ["-c", `${watchdog} ${value}`], { stdio: "inherit" });
  } else if (verb === "write") writeFileSync(value, "1\n");
  else if (verb === "until-signal") {
    await new Promise<void>((resolve) => {
      const alive = setInterval(() => {}, 1_000);
      process.once("SIGTERM", () => {
        clearInterval(alive);
        resolve();
      });
      if (value !== "") process.stdout.write(`${value}\n`);
    });
  } else if (verb === "exit") process.exitCode = Number(value);
  else {
    const { stdout, stderr } = recording(verb);
    process.stderr.write(stderr);
    process.stdout.write(stdout);
  }
}
