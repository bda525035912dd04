import { describe, expect, it } from "vitest";
import { ArgumentError, HELP, parseArguments } from "./arguments.ts";
import { SCENARIO_NAMES } from "./scenarios/scenario.ts";

describe("parseArguments", () => {
  it.each([
    [[], { mode: "live" }],
    [["--help"], { mode: "help" }],
    [["-h", "--once"], { mode: "help" }],
    [["--scenario", "no-job"], { mode: "scenarios", names: ["no-job"], jsonFile: undefined }],
    [["--scenario=healthy", "--json", "f.json"], { mode: "scenarios", names: ["healthy"], jsonFile: "f.json" }],
    [["--once"], { mode: "scenarios", names: SCENARIO_NAMES, jsonFile: undefined }],
    [["--once", "--json=f.json"], { mode: "scenarios", names: SCENARIO_NAMES, jsonFile: "f.json" }],
  ])("reads %j", (args, expected) => {
    expect(parseArguments(args)).toEqual(expected);
  });

  it.each([
    [["--scenario", "healty"], '"healty"', "healthy, no-job"],
    [["--scenario"], "argument missing", "--help"],
    [["--twice"], "--twice", "--help"],
    [["extra"], "extra", "--help"],
    [["--once", "--scenario", "no-job"], "--once", "leave out"],
    [["--json", "f.json"], "--json", "--once or --scenario"],
    [["--once", "--json="], "--json", "name of a file"],
    [["--once=yes"], "--once", "--help"],
  ])("refuses %j with what was found and what is allowed", (args, found, allowed) => {
    const parse = (): unknown => parseArguments(args);
    expect(parse).toThrow(ArgumentError);
    expect(parse).toThrow(found);
    expect(parse).toThrow(allowed);
  });

  it("names every scenario in its help", () => {
    for (const name of SCENARIO_NAMES) expect(HELP).toContain(name);
  });
});
