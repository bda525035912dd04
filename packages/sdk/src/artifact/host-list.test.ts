import { expect, test } from "vitest";
import { hostMatcher, isSameHost } from "./host-list.ts";

test.each<[string, string, boolean]>([
  ["files.example", "https://files.example/a", true],
  ["files.example", "http://files.example:8080/a", true],
  ["Files.Example", "https://FILES.example/a", true],
  ["files.example:8080", "http://files.example:8080/a", true],
  ["files.example:8080", "http://files.example/a", false],
  ["files.example:443", "https://files.example/a", true],
  ["files.example:443", "http://files.example/a", false],
  ["files.example:0443", "https://files.example/a", true],
  ["files.example", "https://cdn.files.example/a", false],
  ["files.example", "https://files.example.evil/a", false],
  ["127.0.0.1", "http://127.0.0.1:9000/", true],
  ["127.0.0.1:9000", "http://127.1:9000/", true],
  ["[::1]", "http://[0:0::1]:9000/", true],
  ["[::1]:9000", "http://[::1]:9000/", true],
  ["[::1]:9000", "http://[::1]:9001/", false],
])("%s lists %s: %j", (host, url, expected) => {
  expect(hostMatcher(["other.example", host])(new URL(url))).toBe(expected);
});

test.each<[string, string, boolean]>([
  ["http://a.example/", "http://a.example/other", true],
  ["http://a.example/", "https://a.example/", true],
  ["http://a.example:80/", "http://a.example/", true],
  ["http://a.example:8080/", "http://a.example:8080/", true],
  ["http://a.example:8080/", "http://a.example:8081/", false],
  ["http://a.example/", "http://a.example:8080/", false],
  ["http://a.example/", "http://b.example/", false],
  ["http://a.example:443/", "https://a.example/", true],
])("%s and %s are one host: %j", (one, other, expected) => {
  expect(isSameHost(new URL(one), new URL(other))).toBe(expected);
  expect(isSameHost(new URL(other), new URL(one))).toBe(expected);
});
