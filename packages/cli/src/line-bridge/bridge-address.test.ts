import { createPolicy } from "@worker-watchdog/sdk/policy";
import { expect, test } from "vitest";
import { apiAddress, listenAddress } from "./bridge-address.ts";

const open = createPolicy().line_bridge;
const guarded = createPolicy({
  line_bridge: { url: "http://bridge.example:9391", credentials_file: "/s/token" },
}).line_bridge;

test.each([
  [undefined, open, { host: "127.0.0.1", port: 9390 }],
  [undefined, guarded, { host: "127.0.0.1", port: 9391 }],
  ["127.0.0.1:1", open, { host: "127.0.0.1", port: 1 }],
  ["[::1]:2", open, { host: "::1", port: 2 }],
  ["0.0.0.0:3", guarded, { host: "0.0.0.0", port: 3 }],
])("--listen %s", (given, bridge, expected) => {
  expect(listenAddress(given, bridge)).toEqual(expected);
});

test.each([
  ["0.0.0.0:3", "credentials_file"],
  ["10.0.0.1:3", "credentials_file"],
  ["nine", "HOST:PORT"],
  ["127.0.0.1:99999", "HOST:PORT"],
])("--listen %s is refused without a guard", (given, problem) => {
  expect(listenAddress(given, open)).toContain(problem);
});

test.each([
  ["https://api.line.me", true],
  ["http://127.0.0.1:1", true],
  ["http://api.line.me", false],
  ["ftp://127.0.0.1", false],
  ["api.line.me", false],
])("--api-url %s: %s", (given, isAllowed) => {
  expect(typeof apiAddress(given, "https://other.example") === "string").toBe(!isAllowed);
});
