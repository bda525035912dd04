/** Tells local disks from network file systems, where SQLite's locks and shared memory can not be relied on. */
import { statfsSync } from "node:fs";

/** Linux' numbers (statfs(2)) of what is always another machine's disk. */
const NETWORK: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xfe534d42, "SMB"],
  [0xff534d42, "CIFS"],
  [0x5346414f, "AFS"],
  [0x6b414653, "AFS"],
  [0x73757245, "Coda"],
  [0x564c, "NCP"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
]);

/** What may be a local disk or not: nobody but its owner can tell. */
const UNSURE: ReadonlyMap<number, string> = new Map([
  [0x65735546, "FUSE"],
  [0x01021997, "9p"],
]);

/** What is known of the file system that holds a folder. */
export interface FileSystem {
  /** Its name, where it is not taken for a local disk. */
  readonly name?: string | undefined;
  readonly isNetwork: boolean;
}

/** The file system of a folder. Other systems than Linux number theirs as they like: there every one is taken for a local disk. */
export function fileSystemOf(folder: string, type: number = linuxType(folder)): FileSystem {
  // Some architectures give the number as a signed one.
  const number = type >>> 0;
  return { name: NETWORK.get(number) ?? UNSURE.get(number), isNetwork: NETWORK.has(number) };
}

function linuxType(folder: string): number {
  return process.platform === "linux" ? statfsSync(folder).type : 0;
}
