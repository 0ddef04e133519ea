// Serves CouchDB's protocol on a free port of 127.0.0.1, which it prints; everything is kept in memory.
const express = require("express")
const couch = require("express-pouchdb")
const PouchDB = require("pouchdb-core")
  .plugin(require("pouchdb-adapter-memory"))
  .plugin(require("pouchdb-mapreduce"))
  .plugin(require("pouchdb-replication"))

const app = express()
app.use("/", couch(PouchDB, { mode: "minimumForPouchDB", inMemoryConfig: true, logPath: process.argv[2] }))
const server = app.listen(0, "127.0.0.1", () => process.stdout.write(`listening on ${server.address().port}\n`))
