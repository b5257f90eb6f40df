using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Transport;
using Raft.Model.Spec;
using Raft.Verification.Cluster;
using Raft.Verification.Conformance;
using Raft.Verification.Parts;
using static Raft.Verification.Specifications.PropertyFailure;

namespace Raft.Verification.Scenarios;

/// <summary>
/// Cores without nodes, under random inputs and with random extensions of Figure 2. Every message is encoded and decoded, every write goes
/// through the storage in memory, and copies of cores are compared with their originals. Whether a core takes a message at the boundary of
/// what is valid is compared with a second implementation of that rule.
/// </summary>
internal static class CoresScenario
{
    public static Scenario Scenario { get; } = new(
        "cores",
        "cores alone: copies and equality, the encodings of messages and of stored state, the storage in memory, boundary messages",
        new ClusterOptions { Servers = 4, Faults = FaultBudget.None },
        RunAsync);

    private const int _steps = 120;
    private const int _maxInFlight = 40;

    private static async Task RunAsync(ICluster cluster)
    {
        var numbers = new Numbers(cluster);
        if (numbers.OneIn(3))
        {
            new CoreFlow(numbers, cluster.Conformance).Go();
        }
        else
        {
            await new Walk(cluster, numbers).GoAsync();
        }
    }

    private sealed class Walk
    {
        private readonly Numbers _numbers;
        private readonly List<Message> _inFlight = [];
        private readonly LoneCore[] _cores;
        private readonly TimeSpan _latency;
        private long _reads;

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
            var protocol = DrawnLimits.DrawProtocol(ProtocolOptions.Figure2, _numbers.Next);
            ServerId[] members = [.. cluster.Servers];
            var past = _numbers.OneIn(2) ? Past() : DurableState.Initial;
            var newcomer = (members.Length - 1) / 2 * (_numbers.OneIn(3) ? 0 : 1);
            var logs = new ModelLogs();
            LoneCore CoreOf(ServerId id, int at) =>
                new(
                    id,
                    members,
                    limits,
                    protocol,
                    _latency,
                    at < newcomer ? DurableState.Initial : past,
                    new LoneModel(cluster.Conformance, logs))
                {
                    Send = Send,
                };
            _cores = [.. members.Select(CoreOf)];
        }

        public async Task GoAsync()
        {
            for (var step = 0; step < _steps; step++)
            {
                await StepAsync(_cores[_numbers.Next(_cores.Length)]);
            }
        }

        // A majority has a log that it has compacted. The other servers get the snapshot first.
        private DurableState Past()
        {
            var snapshot = new Snapshot(new LogIndex(3), new Term(1), _numbers.SnapshotData(_numbers.OneOf(0, 20, 50)));
            var count = _numbers.Next(4);
            LogEntry[] entries = [.. Enumerable.Range(0, count).Select(at => new LogEntry(new Term(1 + (at / 2)), _numbers.Command(at)))];
            return new DurableState(new Term(3), null, snapshot, EntryList.Of(entries));
        }

        private async Task StepAsync(LoneCore core)
        {
            switch (_numbers.Next(36))
            {
                case < 14 when _inFlight.Count > 0:
                    Deliver(_numbers.Next(_inFlight.Count));
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
                    var count = 1 + _numbers.Next(3);
                    Step(core, new Propose([.. Enumerable.Range(0, count).Select(_ => _numbers.Command(_numbers.OneOf(0, 1, 5, 30)))]));
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
                case 32 or 33:
                    Step(core, new Read(++_reads));
                    break;
                case 34:
                    Step(core, new TransferLeadership(_cores.Length == 1 || _numbers.OneIn(2) ? null : AnyOther(core)));
                    break;
                case 35 when core.Core.HasLease || core.Core.HasContact:
                    Step(core, core.Core.HasLease ? LeaseExpired.Instance : LeaderIsSilent.Instance);
                    break;
                default:
                    break;
            }
        }

        private ServerId AnyOther(LoneCore core) =>
            _numbers.OneOf([.. _cores.Select(other => other.Core.Id).Where(id => id != core.Core.Id)]);

        // Compares a copy with its original in one step out of six, and in each step with a part of a snapshot, because these are rare.
        private void Step(LoneCore core, Input input) => core.Step(
            input, isCompared: _numbers.OneIn(6) || input is MessageReceived { Message: InstallSnapshot or InstallSnapshotReply });

        private void Deliver(int which)
        {
            var message = _inFlight[which];
            if (!_numbers.OneIn(10))
            {
                _inFlight.RemoveAt(which);
            }

            if (!_numbers.OneIn(16))
            {
                Step(Array.Find(_cores, core => core.Core.Id == message.To)!, new MessageReceived(message));
            }
        }

        // A message that arrives equals the message that was sent, and its size is at least that of its encoding.
        private void Send(Message message)
        {
            var bytes = MessageCodec.Encode(message);
            var decoded = MessageCodec.Decode(bytes);
            Unless(
                decoded.Equals(message)
                && decoded.GetHashCode() == message.GetHashCode()
                && Fields.HashOf(decoded) == Fields.HashOf(message),
                "Encoding",
                $"{message} is not what it was after decoding: {Fields.Difference(message, decoded)}.");
            var overhead = 64 + (message is AppendEntries { Entries.Count: var count } ? count * LogEntry.Overhead : 0);
            Unless(
                message.Size >= bytes.Length && message.Size <= bytes.Length + overhead,
                "Encoding",
                $"{message} counts {message.Size} bytes, but takes {bytes.Length}.");
            if (_inFlight.Count == _maxInFlight)
            {
                _inFlight.RemoveAt(0);
            }

            _inFlight.Add(decoded);
        }
    }
}
