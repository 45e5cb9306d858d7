// The worker of the benchmark of `exec` cartridges: answers every request at once with an output of
// 100 bytes. Requests and answers are lines of JSON (docs/cartridges.md). Answers to what was read
// in one piece are written in one piece.
'use strict';

const output = {
  answer: 'answer-of-100-bytes-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
};

let begun = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (text) => {
  const lines = (begun + text).split('\n');
  begun = lines.pop();
  let answers = '';
  for (const line of lines) {
    const { id } = JSON.parse(line);
    answers += JSON.stringify({ id, outcome: 'ok', output }) + '\n';
  }
  process.stdout.write(answers);
});
