'use strict';
// What the page knows: the trace as it is in the file, its layout, and what of it is shown now.

const trace = JSON.parse(document.getElementById('trace').textContent);
const layout = JSON.parse(document.getElementById('layout').textContent);
const events = trace.events.map((happened, number) => ({ ...happened, text: layout.texts[number] }));
const { palette } = layout;
const { rows, arrows, faultSpans, servers } = layout.diagram;
const violationRow = layout.diagram.violation ?? -1;
const subjects = trace.violation.subjects ?? { servers: [], terms: [], indexes: [] };

const escaped = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const esc = text => String(text).replace(/[&<>"']/g, one => escaped[one]);

// Terms: a colour each, and a pattern once all are used up.
const hueOf = term => term <= 0 ? palette.nobody : palette.hues[(term - 1) % palette.hues.length];
const inkOf = term => term <= 0 ? '#fff' : palette.inks[(term - 1) % palette.inks.length];
const roundOf = term => term <= 0 ? 0 : Math.min(3, Math.floor((term - 1) / palette.hues.length));

// Of each server: the rows in which its state changed, in order; state is the number of an event, or undefined.
const points = Array.from({ length: servers + 1 }, () => []);
rows.forEach((row, number) => {
  for (const change of row.changes) {
    points[change.server].push({ row: number, state: change.state, down: change.isCrash || (change.state === undefined && isDown(change.server, change)) });
  }
});

function isDown(server, change) {
  const before = points[server].at(-1);
  return !change.isStart && before !== undefined && before.down;
}

// The last point of a server at a row or before it; -1: none.
function pointAt(server, row) {
  const list = points[server];
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle].row <= row) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low - 1;
}

// What a server is at a row: { down, state }, the state as in the trace.
function serverAt(server, row) {
  const point = points[server][pointAt(server, row)];
  return { down: point?.down ?? false, state: point?.state === undefined ? undefined : events[point.state].state };
}

// The messages that begin or end in each row.
const arrowsOf = rows.map(() => []);
arrows.forEach((arrow, number) => {
  if (arrow.sent !== undefined) {
    arrowsOf[arrow.sent].push(number);
  }
  if (arrow.end !== undefined && arrow.end !== arrow.sent) {
    arrowsOf[arrow.end].push(number);
  }
});

const messageOf = arrow => events[arrow.event].message;
const arrowOfEvent = (happened, row) => arrowsOf[row].find(number => messageOf(arrows[number]).id === happened.message.id);

// What is shown: filters, and the row that the reader is at.
const topics = [
  ['elections', 'Elections'], ['replication', 'Replication'], ['snapshots', 'Snapshots'], ['messages', 'Other messages'],
  ['steps', 'Timeouts, proposals'], ['disk', 'Disk'], ['faults', 'Faults'],
].filter(([topic]) => rows.some(row => row.topics.includes(topic)));
const view = {
  servers: new Set(Array.from({ length: servers }, (_, i) => i + 1)),
  topics: new Set(topics.map(([topic]) => topic)),
  quiet: false,
  shown: [],     // the numbers of the rows that are shown
  place: [],     // of each row: how many shown rows are before it; and a half less where it is not shown itself
  row: 0,        // the current row
  arrow: null,   // the message that is chosen
  server: null,  // the server whose state is chosen
};

const showsArrow = arrow => view.servers.has(arrow.from) && view.servers.has(arrow.to)
  && (view.topics.has(arrow.topic) || ((arrow.outcome === 'lost' || arrow.isCopy) && view.topics.has('faults')));

function showsRow(row, number) {
  if (number === violationRow) {
    return true;
  }
  if (row.isQuiet && !view.quiet) {
    return false;
  }
  return (row.banner !== undefined || concerned(row, number).some(server => view.servers.has(server)))
    && (row.topics.length === 0 || row.topics.some(topic => view.topics.has(topic)));
}

// A message that is lost is on no server's lane; it concerns both of its ends.
function concerned(row, number) {
  return row.changes.length > 0
    ? row.changes.map(change => change.server)
    : arrowsOf[number].filter(one => view.servers.has(arrows[one].from)).map(one => arrows[one].to);
}

function applyFilters() {
  view.shown = [];
  view.place = rows.map((row, number) => {
    const place = view.shown.length;
    if (!showsRow(row, number)) {
      return place - 0.5;
    }
    view.shown.push(number);
    return place;
  });
}

// The shown row that is nearest to a row.
function nearestShown(row) {
  const place = Math.min(Math.max(Math.round(view.place[row]), 0), view.shown.length - 1);
  return view.shown[place] ?? 0;
}
