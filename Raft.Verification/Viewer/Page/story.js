'use strict';
// The data of the page: the trace as in its file, its layout, and what is shown now.

const trace = JSON.parse(document.getElementById('trace').textContent);
const layout = JSON.parse(document.getElementById('layout').textContent);
const events = trace.events.map((happened, number) => ({ ...happened, text: layout.texts[number] }));
const shortCommands = new Map(Object.entries(layout.shortCommands));
const { rows, arrows, faultSpans, servers } = layout.diagram;
const violationRow = layout.diagram.violation ?? -1;
const subjects = trace.violation.subjects ?? { servers: [], terms: [], indexes: [] };

const escaped = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const esc = text => String(text).replace(/[&<>"']/g, one => escaped[one]);

// The colour of a term: { hue, ink, round }.
const colourOf = term => layout.terms[term];
const styleOf = role => Object.hasOwn(layout.style.roles, role) ? layout.style.roles[role] : layout.style.roles.Follower;

// The points of each server's lane, in order.
const points = [[], ...layout.diagram.lanes];
const stateOf = point => point?.state === undefined ? undefined : events[point.state].state;

// The last point of a server at a row or before it; -1 if there is none.
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

// A server after a row: { isDown, state }, with the state as in the trace.
function serverAt(server, row) {
  const point = points[server][pointAt(server, row)];
  return { isDown: point?.isDown ?? false, state: stateOf(point) };
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

// What is shown: the filters, and what the reader has chosen.
const topics = [
  ['elections', 'Elections'], ['replication', 'Replication'], ['snapshots', 'Snapshots'], ['messages', 'Other messages'],
  ['steps', 'Timeouts, proposals'], ['disk', 'Disk'], ['faults', 'Faults'],
].filter(([topic]) => rows.some(row => row.topics.includes(topic)));
const view = {
  servers: new Set(Array.from({ length: servers }, (_, i) => i + 1)),
  topics: new Set(topics.map(([topic]) => topic)),
  quiet: false,
  shown: [],     // the numbers of the rows that are shown
  place: [],     // for each row, the number of shown rows before it; a half less if the row itself is not shown
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

// A lost message changes no server. Its row is shown if both its sender and its receiver are.
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
