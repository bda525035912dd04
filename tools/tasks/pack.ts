/** `npm run pack [-- DIR]`: builds the published packages, checks them with publint and writes their tarballs. */
import { resolve } from "node:path";
import { packPackages } from "../packages.ts";
import { REPOSITORY } from "../workspace/repository.ts";

const [target = ".tmp/tarballs"] = process.argv.slice(2);
const outDirectory = resolve(REPOSITORY, target);
const packed = await packPackages({ outDirectory, onStep: (line) => console.log(line) });
for (const { tarball } of packed) console.log(tarball);
