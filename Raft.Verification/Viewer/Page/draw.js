'use strict';
// Draws the rows that can be seen, and nothing else: the diagram is as long as the trace, the drawing as high as the window.

const rowHeight = 30;
let callout = 58; // below the row of the violation, for its words: as many lines as they need
const above = 14;
const geometry = {
  gutter: 0, left: 0, right: 0, spacing: 0, width: 0,
  xs: [],            // of each server that is shown
  room: null,        // how many pixels there are right of a server's lane
  before: null,      // the lane left of a server's, or undefined
};
const svg = document.getElementById('diagram');

// Places lanes in the width that there is; below a certain width the diagram scrolls sideways.
function arrange(width) {
  const lanes = [...view.servers].sort((a, b) => a - b);
  const narrow = width < 620;
  geometry.gutter = narrow ? 46 : 74;
  geometry.left = narrow ? 150 : lanes.length > 4 ? 150 : 170;
  geometry.right = narrow || lanes.length > 4 ? 130 : 190;
  const room = (width - geometry.gutter - geometry.left - geometry.right) / Math.max(1, lanes.length - 1);
  geometry.spacing = Math.min(330, Math.max(140, room));
  geometry.xs = [];
  lanes.forEach((server, i) => { geometry.xs[server] = geometry.gutter + geometry.left + i * geometry.spacing; });
  geometry.width = Math.max(width, geometry.gutter + geometry.left + (lanes.length - 1) * geometry.spacing + geometry.right);
  geometry.before = server => lanes[lanes.indexOf(server) - 1];
  const { bad, says } = calloutLines();
  callout = 24 + (bad.length + says.length) * 17;
  geometry.room = server => (server === lanes.at(-1) ? geometry.right : geometry.spacing) - 12;
}

const heightOf = () => above + (view.shown.length + 1) * rowHeight + (violationRow >= 0 ? callout : 0);

// The middle of a row, also of one that is not shown: it lies between its neighbours.
function yOf(row) {
  const place = view.place[row];
  return above + (place + 0.5) * rowHeight + (violationRow >= 0 && place > view.place[violationRow] ? callout : 0);
}

// The first shown row that lies at a height or below it.
function placeAt(y) {
  let place = Math.floor((y - above) / rowHeight);
  if (violationRow >= 0 && place > view.place[violationRow]) {
    place = Math.max(view.place[violationRow], Math.floor((y - above - callout) / rowHeight));
  }
  return Math.min(Math.max(place, 0), view.shown.length - 1);
}

// How far below the middle of a row a message leaves a lane, and how far above it comes to one: so that it does not run through words.
const port = 9;
const charWidth = 6.7; // of words beside lanes, about

const clip = (text, chars) => text.length <= chars ? text : `${text.slice(0, Math.max(1, chars - 1))}…`;

// Everything between two heights, as the inside of the drawing.
function draw(top, bottom, left) {
  const first = placeAt(top);
  const last = placeAt(bottom);
  if (last < 0) {
    return '';
  }
  const from = view.shown[first];
  const to = view.shown[last];
  const parts = [patterns()];
  drawFaultSpans(parts, from, to);
  drawRules(parts, first, last);
  drawLanes(parts, top, bottom, from, to);
  drawArrows(parts, from, to);
  for (let place = first; place <= last; place++) {
    drawRow(parts, view.shown[place]);
  }
  drawGutter(parts, first, last, left);
  return parts.join('');
}

function patterns() {
  return '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="7" height="7" fill="var(--down)" opacity=".55"/><rect width="2.5" height="7" fill="var(--soft)" opacity=".45"/></pattern></defs>';
}

const sides = ['var(--side-a)', 'var(--side-b)', 'var(--side-c)', 'var(--side-d)'];

function drawFaultSpans(parts, from, to) {
  for (const span of faultSpans) {
    const until = span.until ?? rows.length - 1;
    if (until < from || span.from > to) {
      continue;
    }
    const y = yOf(span.from);
    const height = yOf(until) - y + (span.until === undefined ? rowHeight / 2 : 0);
    const column = (server, wide, fill) => geometry.xs[server] === undefined ? ''
      : `<rect x="${geometry.xs[server] - wide / 2}" y="${y}" width="${wide}" height="${Math.max(height, 2)}" fill="${fill}"/>`;
    if (span.kind === 'partition') {
      span.groups.forEach((group, i) => group.forEach(server => parts.push(column(server, Math.min(geometry.spacing - 6, 170), sides[i % sides.length]))));
    } else if (span.kind === 'down') {
      parts.push(column(span.groups[0][0], 34, 'url(#hatch)'));
    } else if (span.kind === 'stalled') {
      drawBar(parts, span.groups[0][0], y, height, -24);
    } else {
      drawBar(parts, span.groups[0][0], y, height, 20);
      drawBar(parts, span.groups[1][0], y, height, -20);
    }
  }
}

// A bar beside a lane: right of it what it cannot send, left of it what does not come to it, or to its disk.
function drawBar(parts, server, y, height, offset) {
  const x = geometry.xs[server];
  if (x !== undefined) {
    parts.push(`<rect x="${x + offset - 4}" y="${y}" width="8" height="${Math.max(height, 3)}" rx="2" fill="url(#hatch)"/>`);
  }
}

function drawRules(parts, first, last) {
  for (let place = first; place <= last; place++) {
    const number = view.shown[place];
    const row = rows[number];
    const y = yOf(number);
    const box = `x="0" y="${y - rowHeight / 2}" width="${geometry.width}" height="${rowHeight}"`;
    if (number === violationRow) {
      parts.push(`<rect class="violated" ${box}/>`);
    }
    if (number === view.row) {
      parts.push(number === violationRow
        ? `<rect x="1" y="${y - rowHeight / 2 + 1}" width="${geometry.width - 2}" height="${rowHeight - 2}" fill="none" stroke="var(--accent)" stroke-width="2"/>`
        : `<rect class="current" ${box}/>`);
    }
    parts.push(`<rect ${box} fill="transparent" data-row="${number}"/>`);
    parts.push(`<line class="rule" x1="${geometry.gutter}" x2="${geometry.width}" y1="${y}" y2="${y}"/>`);
  }
}

// Step numbers, and the words of the violation: they stay where they are as lanes scroll sideways.
function drawGutter(parts, first, last, left) {
  parts.push(`<g class="gutter" transform="translate(${left} 0)">`);
  if (left > 0) {
    const y = yOf(view.shown[first]) - rowHeight;
    parts.push(`<rect x="0" y="${y}" width="${geometry.gutter + 4}" height="${yOf(view.shown[last]) + rowHeight - y}" fill="var(--page)"/>`);
  }
  for (let place = first; place <= last; place++) {
    drawStep(parts, view.shown[place]);
  }
  parts.push('</g>');
}

function drawStep(parts, number) {
  const row = rows[number];
  const y = yOf(number);
  const right = geometry.gutter - 12;
  const isViolation = number === violationRow;
  if (isViolation) {
    parts.push(`<rect class="flag" x="0" y="${y - rowHeight / 2}" width="${geometry.gutter - 4}" height="${rowHeight}"/>`);
    drawCallout(parts, y + rowHeight / 2);
  } else if (row.isCause) {
    parts.push(`<circle class="cause" cx="${geometry.gutter - 4}" cy="${y}" r="3.5"/>`);
  }
  if (number === view.row && !isViolation) {
    parts.push(`<rect x="0" y="${y - rowHeight / 2}" width="4" height="${rowHeight}" fill="var(--accent)"/>`);
  }
  const ink = isViolation ? ' flagtext' : '';
  const below = geometry.gutter < 60 ? '' : isViolation ? 'violation' : layout.diagram.hasTime ? `${row.seconds.toFixed(4)} s` : '';
  parts.push(`<text class="step${ink}" x="${right}" y="${below === '' ? y + 4 : y - 1}" text-anchor="end">${row.step}</text><text class="time${ink}" x="${right}" y="${y + 10}" text-anchor="end">${below}</text>`);
}

const widths = { Leader: 10, Candidate: 5 };

function drawLanes(parts, top, bottom, from, to) {
  for (const server of view.servers) {
    const x = geometry.xs[server];
    const list = points[server];
    let i = pointAt(server, from - 1);
    let y = i < 0 ? Math.max(top, above) : Math.max(top, yOf(list[i].row));
    for (; i < list.length; i++) {
      const next = list[i + 1];
      const end = next === undefined || next.row > to ? bottom : yOf(next.row);
      const low = Math.min(end, heightOf() - rowHeight / 2);
      if (low > y) {
        parts.push(lane(x, y, low, list[i]));
        y = low;
      }
      if (next === undefined || next.row > to) {
        break;
      }
    }
  }
}

function lane(x, y, end, point) {
  const state = point?.state === undefined ? undefined : events[point.state].state;
  if (point?.down) {
    return `<line class="downline" x1="${x}" x2="${x}" y1="${y}" y2="${end}"/>`;
  }
  const width = state === undefined ? 2 : widths[state.role] ?? 3;
  const dashes = state?.role === 'Candidate' ? ' stroke-dasharray="7 4"' : '';
  const hue = hueOf(state?.term ?? 0);
  const round = state === undefined ? 0 : roundOf(state.term);
  // A lane of a term whose colour was used before has a light core.
  const core = round === 0 ? '' : `<line x1="${x}" x2="${x}" y1="${y}" y2="${end}" stroke="var(--page)" stroke-width="${width > 5 ? 2.5 : 1.2}"/>`;
  return `<line x1="${x}" x2="${x}" y1="${y}" y2="${end}" stroke="${hue}" stroke-width="${width}"${dashes}/>${core}`;
}

// Where messages run, so that words can stand beside them.
let ways = [];

function drawArrows(parts, from, to) {
  ways = [];
  const chosen = [];
  arrows.forEach((arrow, number) => {
    const begin = arrow.sent ?? arrow.end;
    const end = arrow.end ?? begin;
    if (end >= from && begin <= to && showsArrow(arrow)) {
      (number === view.arrow ? chosen : parts).push(drawArrow(arrow, number));
    }
  });
  parts.push(...chosen);
}

// The ends of a message's way: from the lane of its sender to that of its receiver, or short of it.
function wayOf(arrow) {
  const x1 = geometry.xs[arrow.from];
  const x2 = geometry.xs[arrow.to];
  const side = Math.sign(x2 - x1) || 1;
  const y1 = arrow.sent === undefined ? yOf(arrow.end) - rowHeight * 0.8 : yOf(arrow.sent) + port;
  if (arrow.end === undefined) {
    return { x1: x1 + side * 6, y1, x2: x1 + side * Math.min(70, geometry.spacing * 0.4), y2: y1 + 10, side };
  }
  const y2 = yOf(arrow.end) + (arrow.sent === arrow.end ? -port - 2 : -port);
  return {
    x1: arrow.sent === undefined ? x2 - side * 60 : x1 + side * 6,
    y1: arrow.sent === arrow.end ? y2 : y1,
    x2: x2 - side * (arrow.outcome === 'lost' ? 18 : 6),
    y2,
    side,
  };
}

function drawArrow(arrow, number) {
  const { x1, y1, x2, y2 } = wayOf(arrow);
  ways.push(x1 <= x2 ? { x1, y1, x2, y2 } : { x1: x2, y1: y2, x2: x1, y2: y1 });
  const hue = hueOf(arrow.term);
  const path = `M${x1.toFixed(1)} ${y1.toFixed(1)}L${x2.toFixed(1)} ${y2.toFixed(1)}`;
  const kinds = ['message'];
  if (number === view.arrow) { kinds.push('chosen'); }
  if (arrow.outcome === 'inFlight') { kinds.push('flight'); }
  if (arrow.outcome === 'lost') { kinds.push('lost'); }
  if (arrow.isCopy) { kinds.push('copy'); }
  if (y2 - y1 > 12 * rowHeight) { kinds.push('long'); }
  let end = '';
  if (arrow.outcome === 'arrived') {
    const angle = Math.atan2(y2 - y1, x2 - x1);
    const wing = turn => `${(x2 - 9 * Math.cos(angle + turn)).toFixed(1)} ${(y2 - 9 * Math.sin(angle + turn)).toFixed(1)}`;
    end = `<path d="M${x2.toFixed(1)} ${y2.toFixed(1)}L${wing(0.42)}L${wing(-0.42)}Z" style="fill:${hue}"/>`;
  } else if (arrow.outcome === 'lost') {
    end = `<path class="cross" d="M${x2 - 5} ${y2 - 5}L${x2 + 5} ${y2 + 5}M${x2 - 5} ${y2 + 5}L${x2 + 5} ${y2 - 5}"/>`;
  } else {
    end = `<circle cx="${x2}" cy="${y2}" r="3" fill="none" stroke="${hue}"/>`;
  }
  return `<g class="${kinds.join(' ')}" data-arrow="${number}" role="button" aria-label="${esc(nameOf(arrow))}">`
    + `<path class="touch" d="${path}"/><path class="way" d="${path}" stroke="${hue}"/>${end}<title>${esc(nameOf(arrow))}</title></g>`;
}

const outcomes = { arrived: 'arrived', lost: 'lost', inFlight: 'still in flight' };
const nameOf = arrow => `${messageOf(arrow).type} S${arrow.from} → S${arrow.to}, term ${arrow.term}: ${arrow.label}${arrow.isCopy ? ', a copy' : ''}, ${outcomes[arrow.outcome]}`;

function drawRow(parts, number) {
  const row = rows[number];
  const y = yOf(number);
  const ended = arrowsOf[number].filter(one => arrows[one].end === number && showsArrow(arrows[one]));
  // A subject that did nothing in the row of the violation shows what it is even so.
  const silent = number === violationRow ? subjects.servers.filter(server => !row.changes.some(change => change.server === server)) : [];
  const shown = silent.filter(server => view.servers.has(server))
    .map(server => ({ server, state: points[server][pointAt(server, number)]?.state }));
  const changes = [...row.changes, ...shown]
    .filter(change => view.servers.has(change.server));
  // Right of the lanes first: what stands left of the next lane gives way.
  const taken = [];
  for (const change of changes) {
    taken[change.server] = drawChange(parts, change, number, y);
  }
  for (const together of endedTogether(ended)) {
    drawLabel(parts, together, y, taken);
  }
  for (const change of row.changes) {
    const isAnswer = ended.some(one => arrows[one].to === change.server && arrows[one].outcome === 'arrived');
    if (view.servers.has(change.server) && change.cause !== undefined && !isAnswer) {
      parts.push(leftText(change.server, geometry.xs[change.server] - 13, y, change.cause, taken));
    }
  }
  if (row.banner !== undefined) {
    parts.push(`<line x1="${geometry.gutter}" x2="${geometry.width}" y1="${y}" y2="${y}" stroke="var(--soft)" stroke-dasharray="8 4"/>`);
    parts.push(`<text class="banner halo" x="${geometry.gutter + 8}" y="${y - 4}">${esc(row.banner)}</text>`);
  }
}

// Words that end at a lane. They stand where neither the words of the lane before nor a message are in their way: at the lane, below, or
// above; and where nothing is at the lane before, they may reach over it.
function leftText(server, x, y, words, taken) {
  const before = geometry.before(server);
  const farther = before === undefined ? undefined : geometry.before(before);
  const need = words.length * charWidth + 4;
  let left = before === undefined ? geometry.gutter : geometry.xs[before] + 8;
  if (before !== undefined && taken[before] === undefined && x - need < left) {
    left = farther === undefined ? geometry.gutter : Math.max(geometry.xs[farther] + 8, taken[farther] ?? 0);
  }
  const begin = Math.max(left, x - need);
  const isTaken = before !== undefined && begin < (taken[before] ?? 0);
  const places = isTaken ? [18, -10] : [4, 18, -10];
  const place = places.find(one => !ways.some(way => crosses(way, begin, x, y + one - 9, y + one + 3))) ?? places[0];
  const shown = clip(words, Math.floor((x - left) / charWidth));
  return `<text class="label halo" x="${x}" y="${y + place}" text-anchor="end">${esc(shown)}</text>`;
}

// Whether a line runs through a box.
function crosses({ x1, y1, x2, y2 }, left, right, top, bottom) {
  if (x2 <= left || x1 >= right || x1 === x2) {
    return false;
  }
  const at = x => y1 + (y2 - y1) * (x - x1) / (x2 - x1);
  const begin = at(Math.max(left, x1));
  const end = at(Math.min(right, x2));
  return Math.min(begin, end) < bottom && Math.max(begin, end) > top;
}

function endedTogether(ended) {
  const groups = new Map();
  for (const one of ended) {
    const key = `${arrows[one].to} ${arrows[one].outcome}`;
    groups.set(key, [...groups.get(key) ?? [], one]);
  }
  return groups.values();
}

// What a message carries stands left of the lane that it comes to; of several that end there together, one after the other.
function drawLabel(parts, together, y, taken) {
  const number = together.find(one => one === view.arrow) ?? together[0];
  const arrow = arrows[number];
  const words = together.map(one => `${arrows[one].isCopy ? '2× ' : ''}${arrows[one].overtook ? '↷ ' : ''}${arrows[one].label}`).join('; ');
  const isLeftOfCross = arrow.outcome === 'lost' && geometry.xs[arrow.from] < geometry.xs[arrow.to];
  const text = leftText(arrow.to, geometry.xs[arrow.to] - (isLeftOfCross ? 28 : 13), y, words, taken);
  parts.push(`<g class="message${number === view.arrow ? ' chosen' : ''}" data-arrow="${number}">${text}</g>`);
}

// Returns where what stands right of the lane ends.
function drawChange(parts, change, number, y) {
  const x = geometry.xs[change.server];
  const state = change.state === undefined ? undefined : events[change.state].state;
  const isSubject = number === violationRow && subjects.servers.includes(change.server);
  const chosen = number === view.row && view.server === change.server ? ' chosen' : '';
  parts.push(`<g class="state${chosen}" data-row="${number}" data-server="${change.server}" role="button" aria-label="State of S${change.server} after step ${rows[number].step}">`);
  let right = x + 15;
  if (change.isCrash) {
    parts.push(`<circle cx="${x}" cy="${y}" r="9" fill="var(--page)"/><path d="M${x - 6} ${y - 6}L${x + 6} ${y + 6}M${x - 6} ${y + 6}L${x + 6} ${y - 6}" stroke="var(--ink)" stroke-width="3.4"/>`);
  } else if (state !== undefined) {
    parts.push(node(x, y, state));
    if (change.isNewRole) {
      const words = state.role === 'Follower' && !change.isStart ? `term ${state.term}` : `${change.isStart ? '↻ ' : ''}${state.role} ${state.term}`;
      const width = words.length * 6.3 + 12;
      parts.push(`<rect x="${right}" y="${y - 8}" width="${width}" height="16" rx="5" fill="${hueOf(state.term)}"/><text x="${right + width / 2}" y="${y + 4}" text-anchor="middle" style="fill:${inkOf(state.term)};font-weight:600">${esc(words)}</text>`);
      right += width + 5;
    }
  }
  if (change.effect !== undefined) {
    const words = clip(change.effect, Math.floor((x + geometry.room(change.server) - right) / charWidth));
    parts.push(`<text class="halo" x="${right}" y="${y + 4}">${esc(words)}</text>`);
    right += words.length * charWidth + 8;
  }
  if (state !== undefined && (change.isNewLog || (isSubject && subjects.indexes.length > 0))) {
    right = drawStrip(parts, state, right, y, isSubject, x + geometry.room(change.server) - right);
  }
  if (isSubject) {
    parts.push(`<circle class="subject" cx="${x}" cy="${y}" r="12"/>`);
  }
  parts.push('</g>');
  return right;
}

// A circle follows, a diamond stands for election, a square leads; hollow: its term or its vote is not on disk.
function node(x, y, state) {
  const isDurable = state.durableTerm === state.term && (state.durableVote ?? 0) === (state.votedFor ?? 0);
  const look = `class="node" stroke="${hueOf(state.term)}" stroke-width="2.6" style="fill:${isDurable ? hueOf(state.term) : 'var(--page)'}"`;
  if (state.role === 'Leader') {
    return `<rect x="${x - 7}" y="${y - 7}" width="14" height="14" rx="2" ${look}/>`;
  }
  return state.role === 'Candidate'
    ? `<path d="M${x} ${y - 8}L${x + 8} ${y}L${x} ${y + 8}L${x - 8} ${y}Z" ${look}/>`
    : `<circle cx="${x}" cy="${y}" r="5" ${look}/>`;
}

// The end of a log, a cell an entry: filled on disk, hollow in memory only; one line below: committed, two: applied.
function drawStrip(parts, state, x, y, isSubject, room) {
  const size = 9 + 6 * Math.max(1, ...state.log.map(entry => String(entry.term).length));
  const cells = Math.max(3, Math.floor((room - 24) / size));
  const named = isSubject ? subjects.indexes.map(index => index - state.snapshotIndex - 1).filter(i => i >= 0 && i < state.log.length).map(i => i - 1) : [];
  const hidden = Math.max(0, Math.min(state.log.length - cells, ...named));
  if (state.snapshotIndex + hidden > 0) {
    const words = `…${state.snapshotIndex + hidden}`;
    parts.push(`<text class="step halo" x="${x}" y="${y + 4}">${words}</text>`);
    x += words.length * 7 + 3;
  }
  const end = Math.min(state.log.length, hidden + cells);
  for (let i = hidden; i < end; i++) {
    const entry = state.log[i];
    const index = state.snapshotIndex + i + 1;
    parts.push(cell(x, y, size, entry.term, index, state));
    if (isSubject && subjects.indexes.includes(index)) {
      parts.push(`<rect class="subject" x="${x - 2}" y="${y - 10}" width="${size + 3}" height="22" rx="3"/>`);
    }
    x += size;
  }
  const missing = isSubject ? subjects.indexes.filter(index => end === state.log.length && index === state.snapshotIndex + end + 1) : [];
  for (const _ of missing) {
    // What the violation names, and is not there.
    parts.push(`<rect class="subject" x="${x}" y="${y - 10}" width="${size}" height="22" rx="3"/>`);
    x += size + 4;
  }
  const after = missing.length > 0 ? '' : state.log.length === 0 ? '∅' : end < state.log.length ? `+${state.log.length - end}` : '';
  parts.push(`<text class="step halo" x="${x + 1}" y="${y + 4}">${after}</text>`);
  return x + after.length * 7 + 6;
}

function cell(x, y, size, term, index, state) {
  const hue = hueOf(term);
  const isDurable = index <= state.durableIndex;
  const round = roundOf(term);
  const line = height => `<line class="cellmark" x1="${x}" x2="${x + size - 1}" y1="${height}" y2="${height}" stroke-width="1.8"/>`;
  return `<rect x="${x + 0.75}" y="${y - 8}" width="${size - 2.5}" height="14" rx="2" stroke="${hue}" stroke-width="1.8"${isDurable ? '' : ' stroke-dasharray="3 2"'} style="fill:${isDurable ? hue : 'var(--page)'}"/>`
    + (round > 0 && isDurable ? corners(x + 0.75, y - 8, size - 2.5, round) : '')
    + `<text class="cellterm" x="${x + size / 2 - 0.5}" y="${y + 2.5}" style="fill:${isDurable ? inkOf(term) : 'var(--ink)'}">${term}</text>`
    + (index <= state.commitIndex ? line(y + 8.4) : '') + (index <= state.applied ? line(y + 11.2) : '');
}

// A cell of a term whose colour was used before has a corner cut off, of one whose colour was used twice two, and so on.
function corners(x, y, width, round) {
  const cut = [`M${x + width - 5} ${y - 1}h6v6Z`, `M${x - 1} ${y + 9}v6h6Z`, `M${x - 1} ${y + 5}v-6h6Z`];
  return `<path d="${cut.slice(0, round).join('')}" fill="var(--page)"/>`;
}

// The words of the violation, over as many lines as they need in the width of the window.
function calloutLines() {
  const chars = width => Math.max(20, Math.floor((width - 26) / 7.3));
  const width = Math.min(geometry.width, document.getElementById('scroll').clientWidth);
  const message = trace.violation.message.split('\n')[0];
  return {
    bad: wrap(`✗ ${trace.violation.property}: ${message}`, chars(width)).slice(0, 8),
    says: wrap(`${layout.property.sentence} (${layout.property.place})`, Math.floor(chars(width) * 1.15)).slice(0, 8),
    width,
  };
}

function wrap(text, chars) {
  const lines = [''];
  for (const word of text.split(' ')) {
    if (lines.at(-1) !== '' && lines.at(-1).length + 1 + word.length > chars) {
      lines.push('');
    }
    lines[lines.length - 1] += `${lines.at(-1) === '' ? '' : ' '}${clip(word, chars)}`;
  }
  return lines;
}

function drawCallout(parts, top) {
  const { bad, says, width } = calloutLines();
  const height = callout - 8;
  parts.push(`<rect x="0" y="${top}" width="${width}" height="${height}" fill="var(--bad-soft)"/>`);
  parts.push(`<rect class="flag" x="0" y="${top}" width="5" height="${height}"/>`);
  bad.forEach((line, i) => parts.push(`<text class="badtext" x="14" y="${top + 19 + i * 17}">${esc(line)}</text>`));
  says.forEach((line, i) => parts.push(`<text x="14" y="${top + 21 + (bad.length + i) * 17}">${esc(line)}</text>`));
}
