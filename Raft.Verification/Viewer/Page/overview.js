'use strict';
// The whole trace in a strip: the role and term of each server, the violation, and the part that the window shows.

const overview = document.getElementById('overview');
const overviewCanvas = overview.querySelector('canvas');
const overviewView = overview.querySelector('.view');

const overviewWidth = () => view.servers.size * 13 + 16;

function drawOverview() {
  const height = overview.clientHeight;
  const lanes = [...view.servers].sort((a, b) => a - b);
  const width = overviewWidth();
  const scale = window.devicePixelRatio || 1;
  overviewCanvas.style.width = `${width}px`;
  overviewCanvas.style.height = `${height}px`;
  overviewCanvas.width = width * scale;
  overviewCanvas.height = height * scale;
  const pen = overviewCanvas.getContext('2d');
  pen.scale(scale, scale);
  const colours = getComputedStyle(document.documentElement);
  const y = row => yOf(row) / heightOf() * height;
  lanes.forEach((server, i) => {
    const x = 14 + i * 13;
    points[server].forEach((point, at) => {
      const next = points[server][at + 1];
      const begin = y(point.row);
      const end = next === undefined ? y(rows.length - 1) : y(next.row);
      const state = stateOf(point);
      const wide = state === undefined ? 1 : styleOf(state.role).laneWidth;
      pen.fillStyle = state === undefined ? colours.getPropertyValue('--line') : colourOf(state.term).hue;
      pen.fillRect(x + (11 - wide) / 2, begin, wide, Math.max(0.6, end - begin));
    });
  });
  pen.fillStyle = colours.getPropertyValue('--bad');
  rows.forEach((row, number) => {
    if (row.isCause) {
      pen.fillRect(2, y(number) - 1, 7, 2);
    }
  });
  if (violationRow >= 0) {
    pen.fillRect(0, y(violationRow) - 1.5, width, 3);
  }
  moveOverview();
}

function moveOverview() {
  const scroll = document.getElementById('scroll');
  const part = overview.clientHeight / heightOf();
  overviewView.style.transform = `translateY(${scroll.scrollTop * part}px)`;
  overviewView.style.height = `${Math.max(6, Math.min(overview.clientHeight, (scroll.clientHeight - 40) * part))}px`;
}

function dragOverview(happened) {
  if (happened.buttons === 0 && happened.type !== 'pointerdown') {
    return;
  }
  const scroll = document.getElementById('scroll');
  const part = (happened.clientY - overview.getBoundingClientRect().top) / overview.clientHeight;
  scroll.scrollTop = part * heightOf() - scroll.clientHeight / 2;
}

overview.addEventListener('pointerdown', happened => {
  overview.setPointerCapture(happened.pointerId);
  dragOverview(happened);
});
overview.addEventListener('pointermove', dragOverview);
