using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Transport;
using Raft.Verification.Cluster;
using Raft.Verification.Parts;
using static Raft.Verification.Specifications.PropertyFailure;

namespace Raft.Verification.Scenarios;

/// <summary>
/// Cores without nodes, led at random: every message goes through its form of bytes, every write through the storage in memory, copies are held
/// against their originals, and messages at the edge of what may be are taken or not, as a rule that is written twice says.
/// </summary>
internal static class CoresScenario
{
    public static Scenario Scenario { get; } = new(
        "cores",
        "cores alone: copies and equality, the forms of messages and of stored state, the storage in memory, messages at the edge",
        new ClusterOptions { Servers = 4, Faults = FaultBudget.None },
        RunAsync);

    private const int _steps = 120;
    private const int _mostOnTheWay = 40;

    private static async Task RunAsync(ICluster cluster)
    {
        var numbers = new Numbers(cluster);
        if (numbers.OneIn(3))
        {
            new CoreFlow(numbers).Go();
        }
        else
        {
            await new Walk(cluster, numbers).GoAsync();
        }
    }

    private sealed class Walk
    {
        private readonly Numbers _numbers;
        private readonly List<Message> _onTheWay = [];
        private readonly LoneCore[] _cores;
        private readonly TimeSpan _latency;

        public Walk(ICluster cluster, Numbers numbers)
        {
            _numbers = numbers;
            _latency = TimeSpan.FromMilliseconds(_numbers.OneOf(0, 4, 4, 10));
            var limits = new CoreOptions
            {
                MaxEntriesPerMessage = 1 + _numbers.Next(4),
                MaxMessageBytes = _numbers.OneOf(8, 8, 40, 1 << 20),
                MaxInflightMessages = 1 + _numbers.Next(4),
                MaxInflightBytes = _numbers.OneOf(1, 100, 1 << 20),
                MaxUncommittedBytes = _numbers.OneOf(1, 200, 1 << 20),
            };
            ServerId[] members = [.. cluster.Servers];
            var past = _numbers.OneIn(2) ? Past() : DurableState.Initial;
            var newcomer = (members.Length - 1) / 2 * (_numbers.OneIn(3) ? 0 : 1);
            _cores = [.. members.Select((id, at) => new LoneCore(id, members, limits, _latency, at < newcomer ? DurableState.Initial : past) { Send = Send })];
        }

        public async Task GoAsync()
        {
            for (var step = 0; step < _steps; step++)
            {
                await StepAsync(_cores[_numbers.Next(_cores.Length)]);
            }
        }

        // A majority has a log already, which it has compacted: who has none gets the snapshot first.
        private DurableState Past()
        {
            var snapshot = new Snapshot(new LogIndex(3), new Term(1), _numbers.SnapshotData(_numbers.OneOf(0, 20, 50)));
            LogEntry[] entries = [.. Enumerable.Range(0, _numbers.Next(4)).Select(at => new LogEntry(new Term(1 + (at / 2)), _numbers.Command(at)))];
            return new DurableState(new Term(3), null, snapshot, EntryList.Of(entries));
        }

        private async Task StepAsync(LoneCore core)
        {
            switch (_numbers.Next(32))
            {
                case < 14 when _onTheWay.Count > 0:
                    Deliver(_numbers.Next(_onTheWay.Count));
                    break;
                case < 18:
                    core.PassTime(_numbers.OneOf(_latency, _latency / 2));
                    break;
                case < 20:
                    Step(core, ReadyToApply.Instance);
                    break;
                case 20:
                    Step(core, HeartbeatTimeout.Instance);
                    break;
                case < 24:
                    Step(core, new Propose([.. Enumerable.Range(0, 1 + _numbers.Next(3)).Select(_ => _numbers.Command(_numbers.OneOf(0, 1, 5, 30)))]));
                    break;
                case < 26 when core.Core.Role != Role.Leader || _numbers.OneIn(8):
                    Step(core, ElectionTimeout.Instance);
                    break;
                case 26 when core.Applied > core.Core.Log.Snapshot.LastIndex:
                    Step(core, new Compact(core.Applied, _numbers.SnapshotData(_numbers.OneOf(0, 3, 30, 60))));
                    break;
                case < 29:
                    core.Try(BoundaryMessages.For(core.Core, _numbers));
                    break;
                case 30 when _numbers.OneIn(3):
                    await core.RestartAsync(_numbers.Next(4));
                    break;
                default:
                    break;
            }
        }

        // The parts of a snapshot are rare.
        private void Step(LoneCore core, Input input) =>
            core.Step(input, isCompared: _numbers.OneIn(6) || input is MessageReceived { Message: InstallSnapshot or InstallSnapshotReply });

        private void Deliver(int which)
        {
            var message = _onTheWay[which];
            if (!_numbers.OneIn(10))
            {
                _onTheWay.RemoveAt(which);
            }

            if (!_numbers.OneIn(16))
            {
                Step(Array.Find(_cores, core => core.Core.Id == message.To)!, new MessageReceived(message));
            }
        }

        // A message that arrives is what was sent, and counts at least as much as it takes.
        private void Send(Message message)
        {
            var bytes = MessageCodec.Encode(message);
            var decoded = MessageCodec.Decode(bytes);
            Unless(
                decoded.Equals(message) && decoded.GetHashCode() == message.GetHashCode() && Fields.HashOf(decoded) == Fields.HashOf(message),
                "Encoding",
                $"{message} is not what it was after decoding: {Fields.Difference(message, decoded)}.");
            Unless(
                message.Size >= bytes.Length && message.Size <= bytes.Length + 64 + (message is AppendEntries { Entries.Count: var count } ? count * LogEntry.Overhead : 0),
                "Encoding",
                $"{message} counts {message.Size} bytes, but takes {bytes.Length}.");
            if (_onTheWay.Count == _mostOnTheWay)
            {
                _onTheWay.RemoveAt(0);
            }

            _onTheWay.Add(decoded);
        }
    }
}
