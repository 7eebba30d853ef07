// A matrix-js-sdk client as an application uses it. Arguments: homeserver, user, password, the room's id.
// Prints one JSON line per step; anything unexpected ends it with a code other than 0.
import * as sdk from "matrix-js-sdk";
import { logger } from "matrix-js-sdk/lib/logger.js";

const [homeserver, user, password, roomId] = process.argv.slice(2);
logger.setLevel("error");
const say = (step, what = {}) => console.log(JSON.stringify({ step, ...what }));
process.on("uncaughtException", (error) => {
  say("failed", { error: String(error.stack) });
  process.exit(1);
});
const must = (condition, what) => {
  if (!condition) throw new Error(`not as expected: ${what}`);
};

const login = await sdk.createClient({ baseUrl: homeserver }).loginRequest({
  type: "m.login.password",
  identifier: { type: "m.id.user", user },
  password,
  initial_device_display_name: "js",
});
say("login", { device: login.device_id });
const client = sdk.createClient({
  baseUrl: homeserver,
  accessToken: login.access_token,
  userId: login.user_id,
  deviceId: login.device_id,
  timelineSupport: true,
});

// Encryption is off here, but clients set up their keys at the start all the same.
await client.initRustCrypto({ useIndexedDB: false });

const prepared = new Promise((resolve, reject) => {
  client.on("sync", (state, _old, data) => {
    if (state === "PREPARED") resolve();
    if (state === "ERROR") reject(data.error);
  });
});
await client.startClient({ initialSyncLimit: 20, lazyLoadMembers: true, threadSupport: true, pollTimeout: 5000 });
await prepared;
say("sync", { rooms: client.getRooms().map((room) => room.roomId) });

const crypto = client.getCrypto();
const proof = { type: "m.login.password", identifier: { type: "m.id.user", user: login.user_id }, password };
await crypto.bootstrapCrossSigning({ authUploadDeviceSigningKeys: (upload) => upload(proof) });
must(await crypto.isCrossSigningReady(), "cross-signing is set up");
const status = await crypto.getDeviceVerificationStatus(login.user_id, login.device_id);
must(status.signedByOwner, "the device is signed by its owner");
must((await crypto.getKeyBackupInfo()) === null, "no backup of keys");
must(!client.isRoomEncrypted(roomId), "the room is not encrypted");
say("keys");

const room = client.getRoom(roomId);
must(room, "the room came with the first sync");
await room.loadMembersIfNeeded();
must(room.getJoinedMembers().length === 3, "all members");
must(room.name === "汛情会商", "the room's name");
must(client.pushRules?.global.override.length > 5, "push rules");

// What one sends comes back by /sync with the same id, as one event.
const echoed = (id) =>
  new Promise((resolve) => {
    const look = () => {
      const found = room.findEventById(id);
      if (found && found.getId() === id && found.status === null) resolve(found);
      else setTimeout(look, 20);
    };
    look();
  });
const { event_id: first } = await client.sendTextMessage(roomId, "水位 28.4 米");
const event = await echoed(first);
must(event.getContent().body === "水位 28.4 米", "the text");
say("send", { id: first });

const { event_id: edit } = await client.sendEvent(roomId, "m.room.message", {
  msgtype: "m.text",
  body: "* 水位 28.5 米",
  "m.new_content": { msgtype: "m.text", body: "水位 28.5 米" },
  "m.relates_to": { rel_type: "m.replace", event_id: first },
});
const edited = await new Promise((resolve) => {
  const look = () => (event.replacingEventId() === edit ? resolve(event) : setTimeout(look, 20));
  look();
});
must(edited.getContent().body === "水位 28.5 米", "the edit is shown");
say("edit");

await client.sendEvent(roomId, "m.reaction", {
  "m.relates_to": { rel_type: "m.annotation", event_id: first, key: "收到" },
});
const relations = await client.relations(roomId, first, "m.annotation", "m.reaction");
must(relations.events.length === 1, "one reaction");
say("react");

// As an application does when somebody opens the panel of a thread.
room.createThread(first, event, [], true);
const { event_id: reply } = await client.sendEvent(roomId, first, "m.room.message", {
  msgtype: "m.text",
  body: "请核实",
});
await new Promise((resolve) => {
  const look = () => (room.getThread(first)?.length >= 1 ? resolve() : setTimeout(look, 20));
  look();
});
const threads = await client.createThreadListMessagesRequest(roomId, null, 10);
must(threads.chunk[0].event_id === first, "the thread is listed");
must(threads.chunk[0].unsigned["m.relations"]["m.thread"].latest_event.event_id === reply, "its newest reply");
say("thread");

await client.sendReadReceipt(event);
await client.setRoomReadMarkers(roomId, first, event);
await client.sendTyping(roomId, true, 5000);
say("receipts");

const bytes = new TextEncoder().encode("单位,水位\n水利局,28.4\n");
const upload = await client.uploadContent(new Blob([bytes], { type: "text/csv" }), {
  name: "水位.csv",
  type: "text/csv",
});
must(upload.content_uri.startsWith("mxc://"), "an mxc address");
const http = client.mxcUrlToHttp(upload.content_uri, undefined, undefined, undefined, false, true, true);
const answer = await fetch(http, { headers: { Authorization: `Bearer ${login.access_token}` } });
must(answer.ok && (await answer.text()).includes("28.4"), "the file comes back");
say("upload");

await client.setAccountData("org.tongzhou.test", { seen: 1 });
await client.setRoomTag(roomId, "m.favourite", { order: 0.1 });
await client.scrollback(room, 10);
const found = await client.searchUserDirectory({ term: "陆", limit: 5 });
must(Array.isArray(found.results), "the user directory answers");
must((await client.publicRooms({ limit: 5 })).chunk !== undefined, "the room directory answers");
must((await client.getDevices()).devices.length >= 1, "devices");
must((await client.getCapabilities())["m.room_versions"].default === "11", "capabilities");
must((await client.getThirdpartyProtocols()) !== undefined, "protocols");
must((await client.getThreePids()).threepids.length === 0, "3pids");
must((await client.getPushers()).pushers.length === 0, "pushers");
await client.redactEvent(roomId, first);
await new Promise((resolve) => {
  const look = () => (room.findEventById(first)?.isRedacted() ? resolve() : setTimeout(look, 20));
  look();
});
say("redact");
client.stopClient();
await client.logout(true);
say("logout");
process.exit(0);
