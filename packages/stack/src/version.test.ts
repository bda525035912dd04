import { describe, expect, it } from "vitest";
import { findVersion, isAtLeast } from "./version.ts";

describe("findVersion", () => {
  it.each([
    ["otelcol-contrib version 0.155.0", "0.155.0"],
    ["prometheus, version 3.15.0 (branch: HEAD, revision: abc)\n  go version: go1.26.8", "3.15.0"],
    ["alertmanager, version  (branch: , revision: unknown)", undefined],
    ["", undefined],
  ])("in %j finds %j", (text, version) => {
    expect(findVersion(text)).toBe(version);
  });
});

describe("isAtLeast", () => {
  it.each([
    ["0.155.0", "0.155.0", true],
    ["0.154.9", "0.155.0", false],
    ["0.155.1", "0.155.0", true],
    ["1.0.0", "0.155.0", true],
    ["3.5.0", "3.10.0", false],
    ["3.10.0", "3.5.0", true],
  ])("%s against %s is %s", (version, minimum, expected) => {
    expect(isAtLeast(version, minimum)).toBe(expected);
  });
});
