import { expect, test } from "vitest";
import { countFiles } from "./file-list.ts";
import { GateFailure } from "./gate-failure.ts";

const json = "application/json";
const html = "text/html";
const listing = (...links: readonly string[]): string =>
  `<html><body>${links.map((link) => `<a href="${link}">x</a>`).join("")}</body></html>`;

test.each<[string, string, string, number]>([
  ["an array of names", json, '["index.html", "data.json"]', 2],
  ["an array of objects", json, '[{"name": "index.html"}]', 1],
  ["files as a list", json, '{"files": ["a", "b", "c"]}', 3],
  [
    "files as an object, as a gist has them",
    json,
    '{"id": "7", "files": {"a.md": {"size": 3}, "b.md": {"size": 4}}}',
    2,
  ],
  ["files deleted from a gist", json, '{"files": {"a.md": {"size": 3}, "b.md": null}}', 1],
  ["a byte order mark", json, '\uFEFF["a"]', 1],
  ["JSON under another type", "text/plain", '["a"]', 1],
  ["JSON without a type", "", ' ["a"]', 1],
  ["entries that name nothing", json, '["a", "", " ", null, 7, true, [], {}]', 1],
  ["an own __proto__", json, '{"files": {"__proto__": {"size": 1}}}', 1],
  ["a directory listing", html, listing("../", "?C=M;O=A", "#top", "index.html", "data/"), 2],
  ["a listing with absolute links", html, listing("/job/files/a.txt", "https://files.example/job/files/b.txt"), 2],
  ["a file twice", html, listing("a.txt", "./a.txt", "a.txt?raw=1"), 1],
  [
    "links that lead elsewhere",
    html,
    listing("a.txt", "/", "/job/", "https://evil.example/job/files/b", "mailto:a@b.c", "javascript:x"),
    1,
  ],
  ["a listing without a type", "", "\n<a href='a.txt'>a</a><a href=b.txt>b</a>", 2],
  ["an escaped link", html, listing("a%20b.txt", "c&amp;d.txt"), 2],
])("%s", (_, mediaType, text, count) => {
  expect(countFiles({ address: new URL("https://files.example/job/files/"), mediaType, text })).toBe(count);
});

test.each<[string, string, string, string]>([
  ["an empty array", json, "[]", "empty_file_list"],
  ["an empty list", json, '{"files": []}', "empty_file_list"],
  ["an empty object", json, '{"files": {}}', "empty_file_list"],
  ["entries that name nothing", json, '["", null]', "empty_file_list"],
  ["a listing of its parent alone", html, listing("../", "./", "/job/files/"), "empty_file_list"],
  ["a page that lists nothing", html, "<h1>Hello</h1>", "empty_file_list"],
  ["no JSON", json, "not json", "file_list_unreadable"],
  ["nothing", json, "", "file_list_unreadable"],
  ["JSON without files", json, '{"count": 3}', "file_list_unreadable"],
  ["inherited files", json, '{"__proto__": {"files": ["a"]}}', "file_list_unreadable"],
  ["a number", json, "7", "file_list_unreadable"],
  ["files as a number", json, '{"files": 7}', "file_list_unreadable"],
  ["deep JSON", json, "[".repeat(1_000_000), "file_list_unreadable"],
])("%s is no file list", (_, mediaType, text, reason) => {
  let thrown: unknown;
  try {
    countFiles({ address: new URL("https://files.example/job/files/"), mediaType, text });
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(GateFailure);
  expect((thrown as GateFailure).reason).toBe(reason);
});

test("a hostile listing is read in linear time", () => {
  for (const text of [`<a${" ".repeat(1_000_000)}`, "<a href".repeat(200_000), `<a href${" ".repeat(1_000_000)}`]) {
    expect(() => countFiles({ address: new URL("https://files.example/"), mediaType: html, text })).toThrow(
      "without entries",
    );
  }
});
