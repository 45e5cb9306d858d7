// A worker for a cartridge of the type `exec`: it answers each request with its own input.
//
//   cartridges:
//     echo: {type: exec, command: [node, examples/workers/echo-worker.js]}
//
// A request comes as one line of JSON on the standard input, its answer goes as one line to the
// standard output; docs/cartridges.md has the protocol. Write a worker of your own by giving
// `operations` what your target can do. The standard error is the node's log.
'use strict';

// Each returns the output of an ok, or throws. May be async.
const operations = {
  echo: (input) => input,
};

// Thrown for what no further attempt can change; anything else that is thrown is technical.
class FunctionalError extends Error {}

async function answer(request) {
  try {
    const operation = operations[request.operation];
    if (!operation) throw new FunctionalError(`no operation '${request.operation}'`);
    const output = await operation(request.input, request);
    return { id: request.id, outcome: 'ok', output };
  } catch (error) {
    const outcome = error instanceof FunctionalError ? 'functional' : 'technical';
    return { id: request.id, outcome, detail: error.message };
  }
}

// Answers that are ready at the same time go out in one write.
let ready = '';
function send(result) {
  if (ready === '') {
    setImmediate(() => {
      process.stdout.write(ready);
      ready = '';
    });
  }
  ready += JSON.stringify(result) + '\n';
}

let begun = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (text) => {
  const lines = (begun + text).split('\n');
  begun = lines.pop();
  for (const line of lines) answer(JSON.parse(line)).then(send);
});
// The node closes the input when it wants the worker to end; the process then has nothing to wait
// for, and ends by itself.
