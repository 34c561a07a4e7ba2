// Measures what a browser loads before the first screen, and fails the build when that is more than promised.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const limit = 450_000;
const dist = new URL("./dist/", import.meta.url);
const page = readFileSync(new URL("index.html", dist), "utf8");
const files = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((match) => match[1]);
const sizes = [["index.html", gzipSync(page).length]];
for (const file of files) sizes.push([file, gzipSync(readFileSync(new URL(file, dist))).length]);
const total = sizes.reduce((sum, [, size]) => sum + size, 0);
const kilobytes = (size) => `${(size / 1000).toFixed(1)} kB`;

process.stdout.write(`first load: ${kilobytes(total)} compressed of at most ${kilobytes(limit)}\n`);
for (const [file, size] of sizes) process.stdout.write(`  ${kilobytes(size).padStart(9)}  ${file}\n`);
if (files.length === 0 || total > limit) process.exit(1);
