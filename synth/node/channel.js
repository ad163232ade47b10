// Loaded before jsii's kernel, which reads and writes its messages on descriptor 3, and may print on the others.
// Here there is no process before it: messages come in on 0 and go out on 1, so what is printed goes to 2, in the form
// in which jsii's Python side expects it there (a line of JSON with the text in base64).
"use strict";
const fs = require("fs");
const { Writable } = require("stream");

const { readSync, writeSync } = fs;
const CHANNEL = 3;
fs.readSync = (descriptor, ...rest) => readSync(descriptor === CHANNEL ? 0 : descriptor, ...rest);
fs.writeSync = (descriptor, ...rest) => writeSync(descriptor === CHANNEL ? 1 : descriptor, ...rest);

for (const name of ["stdout", "stderr"]) {
  const printed = new Writable({
    write(chunk, _, done) {
      writeSync(2, `${JSON.stringify({ [name]: chunk.toString("base64") })}\n`);
      done();
    },
  });
  Object.defineProperty(process, name, { value: Object.assign(printed, { fd: 2 }), configurable: true, enumerable: true });
}
