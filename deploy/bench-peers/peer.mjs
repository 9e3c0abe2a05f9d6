// A column store as a peer of the benchmark: one process, one system, asked over stdin.
//
// usage: node peer.mjs duckdb|clickhouse FOLDER     (packages are looked for in FOLDER)
//
// Each line in is JSON: {"load": {"name", "columns", "path"}} or {"ask": SQL, "runs": N}; each
// line out too: {"milliseconds": [...], "rows": [[...]]} or {"error": "..."}. Times are those of
// the client's call, results as plain values included.
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { mkdtempSync } from 'node:fs';

const system = process.argv[2];
const folder = resolve(process.argv[3]);
const require = createRequire(join(folder, 'package.json'));

// "name TYPE?": ? says that there may be no value.
function columnList(columns, types, nullable) {
  return columns.split(',').map((column) => {
    const [name, type] = column.trim().split(' ');
    const absent = type.endsWith('?');
    const sqlType = types[type.replace('?', '')];
    return `${name} ${absent ? nullable(sqlType) : sqlType}`;
  }).join(', ');
}

async function openDuckDb() {
  const { DuckDBInstance } = require('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', { threads: '4' });
  const connection = await instance.connect();
  const types = { TIME: 'TIMESTAMP', SMALL: 'SMALLINT', WHOLE: 'INTEGER', LONG: 'BIGINT',
                  FLAG: 'BOOLEAN' };
  return {
    async load({ name, columns, path }) {
      await connection.run(`CREATE TABLE ${name} (${columnList(columns, types, (t) => t)})`);
      await connection.run(`COPY ${name} FROM '${path}' (FORMAT csv, HEADER)`);
    },
    async ask(sql) {
      const reader = await connection.runAndReadAll(sql);
      return reader.getRows();
    },
  };
}

async function openClickHouse() {
  const { Session } = require('chdb');
  const session = new Session(mkdtempSync(join(folder, 'clickhouse-')));
  const types = { TIME: "DateTime('UTC')", SMALL: 'Int16', WHOLE: 'Int32', LONG: 'Int64',
                  FLAG: 'Bool' };
  const order = { contacts: 'arrived', states: 'day', plans: 'day', tickets: 'opened',
                  horizon: 'mature' };
  session.query('CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic');
  session.query('USE bench');
  return {
    async load({ name, columns, path }) {
      const list = columnList(columns, types, (t) => `Nullable(${t})`);
      session.query(`CREATE TABLE bench.${name} (${list}) ENGINE = MergeTree ORDER BY ${order[name]}`);
      session.query(`INSERT INTO bench.${name} SELECT * FROM file('${path}', 'CSVWithNames')`);
      session.query(`OPTIMIZE TABLE bench.${name} FINAL`);
    },
    async ask(sql) {
      const text = session.query(`${sql} SETTINGS max_threads = 4`, 'JSONCompactEachRow');
      return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
    },
  };
}

// Plain numbers: some drivers give decimals, dates and 64-bit numbers as objects or text.
function plain(value) {
  if (value === null || value === undefined) return null;
  const number = Number(typeof value === 'object' ? value.toString() : value);
  return Number.isFinite(number) ? number : null;
}

async function answer(peer, request) {
  if (request.load) {
    const begin = performance.now();
    await peer.load(request.load);
    return { milliseconds: [performance.now() - begin], rows: [] };
  }
  let rows = await peer.ask(request.ask);
  const milliseconds = [];
  for (let run = 0; run < request.runs; ++run) {
    const begin = performance.now();
    rows = await peer.ask(request.ask);
    milliseconds.push(performance.now() - begin);
  }
  return { milliseconds, rows: rows.map((row) => row.map(plain)) };
}

const peer = await (system === 'duckdb' ? openDuckDb() : openClickHouse());
console.log(JSON.stringify({ milliseconds: [], rows: [] }));
for await (const line of createInterface({ input: process.stdin })) {
  let reply;
  try {
    reply = await answer(peer, JSON.parse(line));
  } catch (error) {
    reply = { error: String(error.message ?? error) };
  }
  console.log(JSON.stringify(reply));
}
