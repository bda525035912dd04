import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { fileSystemOf } from "./file-system.ts";

it.each([
  ["NFS", 0x6969, { name: "NFS", isNetwork: true }],
  ["SMB", 0x517b, { name: "SMB", isNetwork: true }],
  ["SMB 2", 0xfe534d42, { name: "SMB", isNetwork: true }],
  ["CIFS as a signed number", 0xff534d42 | 0, { name: "CIFS", isNetwork: true }],
  ["FUSE", 0x65735546, { name: "FUSE", isNetwork: false }],
  ["9p", 0x01021997, { name: "9p", isNetwork: false }],
  ["ext4", 0xef53, { name: undefined, isNetwork: false }],
  ["tmpfs", 0x01021994, { name: undefined, isNetwork: false }],
])("%s is told from a local disk", (_, type, expected) => {
  expect(fileSystemOf("/", type)).toEqual(expected);
});

it("the folder for temporary files is looked at", () => {
  expect(fileSystemOf(tmpdir()).isNetwork).toBe(false);
});
