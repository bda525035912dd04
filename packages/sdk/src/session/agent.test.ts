import { expect, test } from "vitest";
import { agentOfCommand } from "./index.ts";

test.each([
  [["codex", "exec", "Do it"], { agent: "codex", format: "text" }],
  [["codex", "exec", "--json", "Do it"], { agent: "codex", format: "json" }],
  [["/usr/local/bin/codex", "exec", "--experimental-json"], { agent: "codex", format: "json" }],
  [["codex", "exec", "--", "--json"], { agent: "codex", format: "text" }],
  [["claude", "-p", "--output-format", "stream-json", "--verbose"], { agent: "claude", format: "json" }],
  [["claude", "-p", "--output-format=text"], { agent: "claude", format: "text" }],
  [["gemini", "-o", "stream-json", "-p", "Do it"], { agent: "gemini", format: "json" }],
  [["npx", "-y", "@openai/codex@0.169.0", "exec", "--json"], { agent: "codex", format: "json" }],
  [["env", "A=b", "claude", "-p"], { agent: "claude", format: "text" }],
  [["timeout", "30m", "codex", "exec"], { agent: "codex", format: "text" }],
  [["bash", "-c", "codex exec"], undefined],
  [["env", "cat", "codex"], undefined],
  [["grep", "codex"], undefined],
  [["codexer"], undefined],
  [[], undefined],
])("%j", (command, expected) => {
  expect(agentOfCommand(command)).toEqual(expected);
});
