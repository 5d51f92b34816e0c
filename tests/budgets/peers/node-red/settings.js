// Node-RED as a server: no editor, quiet log; the flow may use Node's crypto.
module.exports = {
    uiPort: Number(process.env.PORT),
    uiHost: "127.0.0.1",
    flowFile: "flows.json",
    httpAdminRoot: false,
    disableEditor: true,
    httpNodeRoot: "/",
    functionExternalModules: false,
    functionGlobalContext: { crypto: require("crypto") },
    logging: { console: { level: "warn", metrics: false, audit: false } },
};
