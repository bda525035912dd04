import { expect, test } from "vitest";
import { parseArtifactClaim } from "./artifact-claim.ts";

const claim = { url: "https://files.example/a", filesUrl: "https://files.example/files.json" };

test("a whole claim is copied and frozen", () => {
  const kinds = ["html_report"];
  const parsed = parseArtifactClaim({ ...claim, fileCount: 3, sha256: "AB".repeat(32), kinds, other: 1 });
  expect(parsed).toEqual({ ...claim, fileCount: 3, sha256: "ab".repeat(32), kinds: ["html_report"] });
  kinds.push("late");
  expect(parsed.kinds).toEqual(["html_report"]);
  expect(Object.isFrozen(parsed) && Object.isFrozen(parsed.kinds)).toBe(true);
});

test.each<[unknown, string]>([
  [undefined, "the claim is undefined, allowed an object with url and filesUrl"],
  [null, "the claim is null"],
  ["https://files.example", "the claim is a text of 21 characters"],
  [{}, "url is undefined, allowed an absolute http or https address"],
  [{ ...claim, url: "report.html" }, "url is a text of 11 characters"],
  [{ ...claim, url: "file:///etc/passwd" }, "url is file:, allowed an absolute http or https address"],
  [{ ...claim, filesUrl: "ftp://files.example/" }, "filesUrl is ftp:"],
  [{ ...claim, filesUrl: undefined }, "filesUrl is undefined"],
  [{ ...claim, url: `https://files.example/${"a".repeat(8_192)}` }, "url is a text of 8214 characters"],
  [{ ...claim, fileCount: 0 }, "fileCount is 0, allowed a whole number of at least 1"],
  [{ ...claim, fileCount: 1.5 }, "fileCount is 1.5"],
  [{ ...claim, fileCount: "3" }, "fileCount is a text of 1 characters"],
  [{ ...claim, sha256: "ab" }, "sha256 is a text of 2 characters, allowed 64 hex digits"],
  [{ ...claim, sha256: "g".repeat(64) }, "sha256 is a text of 64 characters"],
  [{ ...claim, kinds: "html_report" }, "kinds is a text of 11 characters, allowed a list"],
  [{ ...claim, kinds: [""] }, "kinds is a list of 1"],
  [{ ...claim, kinds: Array(101).fill("a") }, "kinds is a list of 101"],
])("%j is refused", (value, message) => {
  expect(() => parseArtifactClaim(value)).toThrow(`artifact claim: ${message}`);
});

test("a message never repeats an address, which may hold a credential", () => {
  for (const url of ["http//user:secret@files.example", "ftp://user:secret@files.example"]) {
    expect(() => parseArtifactClaim({ ...claim, url })).toThrow(/^(?!.*secret)/);
  }
});
