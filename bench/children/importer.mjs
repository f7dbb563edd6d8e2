// A process that imports one module, and prints how many µs that took, and how many had passed since the process began.

const before = performance.now()
await import(process.argv[2])
const after = performance.now()
console.log(JSON.stringify({ import: 1000 * (after - before), start: 1000 * after }))
