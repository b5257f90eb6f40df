using DeterministicSimulation;
using Raft.Impl.Core;

namespace Raft.Verification.Cluster;

// The faults that may strike or end, and what they do.
internal sealed partial class SimulatedCluster
{
    // The highest term of the servers whose files were intact when those of another were damaged.
    private Term _termAtDamage;

    // The step in which damage was offered last. A step offers it once, because a replay only knows which faults struck in a step.
    private long _damageOffered = -1;

    // Offers the faults that may strike or end now. It is called whenever that changes.
    private void OfferFaults()
    {
        var offered = _scheduler.Faults;
        offered.Clear();
        if (_faultsEnded)
        {
            return;
        }

        foreach (var server in _servers)
        {
            if (server.IsUp)
            {
                OfferFaultsOf(server);
            }
            else if (server.Files is not { HasRefused: true })
            {
                OfferMending("start", server, static (cluster, server) => cluster.Restart(server.Id));
            }
            else if (TermToReturnIn(server) is not null)
            {
                OfferMending("give new files to", server, static (cluster, server) => cluster.Operate(server));
            }

            if (server.Disk.IsStalled)
            {
                OfferMending(ResumeDisk, server, static (cluster, server) => cluster.Stall(server, false));
            }
            else
            {
                Offer(FaultKind.SlowDisk, "stall the disk of", server, static (cluster, server) => cluster.Stall(server, true));
            }
        }

        if (_network.IsCut)
        {
            offered.Add(new Fault(null, "heal the network", null, Heal));
        }

        if (_ids.Length > 1 && _faults.HasLeft(FaultKind.Partition))
        {
            offered.Add(new Fault(FaultKind.Partition, "partition the network", null, () =>
            {
                _faults.Spend(FaultKind.Partition);

                // Any division into two groups that are not empty.
                var inside = 1 + _scheduler.Choices.Number((1 << (_ids.Length - 1)) - 1);
                Divide(id => (inside >> (id.Value - 1) & 1) == 1);
            }));
        }

        if (_ids.Length > 1 && _faults.HasLeft(FaultKind.OneWayCut))
        {
            offered.Add(new Fault(FaultKind.OneWayCut, "cut a link", null, () =>
            {
                _faults.Spend(FaultKind.OneWayCut);
                var from = _scheduler.Choices.Number(_ids.Length);
                var to = (from + 1 + _scheduler.Choices.Number(_ids.Length - 1)) % _ids.Length;
                Trace(TraceEventKind.Cut, [[_ids[from].Value], [_ids[to].Value]]);
                Cut(_ids[from], _ids[to]);
                OfferFaults();
            }));
        }
    }

    // Offers the faults that may strike a server that is up.
    private void OfferFaultsOf(SimulatedServer server)
    {
        Offer(FaultKind.Crash, "crash", server, static (cluster, server) => cluster.CrashNow(server.Id));
        Offer(FaultKind.Stop, "stop the node of", server, static (_, server) => server.Stop());
        Offer(FaultKind.DiskFailure, "fail a write of", server, static (_, server) => server.Disk.FailNext());
        if (server.Files is { IsFull: true })
        {
            OfferMending("make room on the disk of", server, static (cluster, server) => cluster.Fill(server, false));
        }
        else if (server.Files is not null)
        {
            Offer(FaultKind.FullDisk, "fill the disk of", server, static (cluster, server) => cluster.Fill(server, true));
        }

        Offer(
            FaultKind.PortFailure,
            "make a port throw at",
            server,
            static (cluster, server) => server.FailPort(cluster._scheduler.Choices.Number(3)));
        if (server.IsServiceStalled)
        {
            OfferMending("resume the service of", server, static (cluster, server) => cluster.ResumeService(server));
        }
        else
        {
            Offer(
                FaultKind.ServiceFailure,
                "disturb the service of",
                server,
                static (cluster, server) => server.FailService(cluster._scheduler.Choices.Number(3)));
        }

        Offer(
            FaultKind.Stray,
            "send a stray to",
            server,
            static (cluster, server) => cluster.SendStray(server, Stray.To(server.State, cluster._ids, cluster._scheduler.Choices)));
    }

    private SimulatedServer? Damaged => Array.Find(_servers, server => server.Files is { IsDamaged: true });

    // When a server starts, a bit of its files may be flipped. One server at a time: with three servers, the others must be a majority.
    // Over streams, what a server sent is still on its way long after its end.
    private void Damage(SimulatedServer server)
    {
        if (server.Files is not { } files || _ids.Length < 3 || _streams is not null || Damaged is not null
            || _damageOffered == _scheduler.Steps)
        {
            return;
        }

        _damageOffered = _scheduler.Steps;
        if (!_faults.Strikes(FaultKind.Damage))
        {
            return;
        }

        Note("fault: flip a bit of the files", server);
        files.Damage();
        _termAtDamage = _servers.Where(other => other != server).Max(other =>
            other.State.Core is { } core && core.CurrentTerm > other.State.Durable.Term ? core.CurrentTerm : other.State.Durable.Term);
    }

    private void Fill(SimulatedServer server, bool isFull)
    {
        server.Files!.Fill(isFull);
        if (!isFull)
        {
            Note("there is room on the disk", server);
            OfferFaults();
        }
    }

    // What docs/guides/operating.md requires before a server that lost its files returns: all others are in one term, which began
    // after that, and its leader has committed an entry of it.
    private Term? TermToReturnIn(SimulatedServer lost) =>
        State.Leader is { } leader && leader.CurrentTerm > _termAtDamage
        && leader.Log.TermAt(leader.CommitIndex) == leader.CurrentTerm
        && Array.TrueForAll(_servers, other => other == lost || other.State.Core?.CurrentTerm == leader.CurrentTerm)
            ? leader.CurrentTerm
            : null;

    // The operator of a server whose files are refused. Once faults have ended, a leader of an earlier term is stopped, so that another
    // follows it.
    private void Operate(SimulatedServer damaged)
    {
        if (!damaged.Files!.HasRefused)
        {
            return;
        }

        if (TermToReturnIn(damaged) is { } term)
        {
            Note($"the server lost its files, and returns in term {term}", damaged);
            _network.LoseFrom(damaged.Id.Value);
            damaged.Return(term);
            Restart(damaged.Id);
        }
        else if (_faultsEnded && State.Leader is { } leader && leader.CurrentTerm <= _termAtDamage)
        {
            // For the others this is a fault: they have the full time again to elect another.
            _specification.FaultsResumed();
            Server(leader.Id).Stop();
            _specification.FaultsEnded(_scheduler.Now);
        }
    }

    // A fault of a server is created once and reset each time it is offered.
    private void Offer(FaultKind kind, string what, SimulatedServer server, Action<SimulatedCluster, SimulatedServer> strike)
    {
        if (_faults.HasLeft(kind))
        {
            var fault = _breaks[(int)kind, server.Id.Value - 1] ??= Breaking(kind, what, server, strike);
            fault.Rank = 0;
            fault.IsLate = null;
            _scheduler.Faults.Add(fault);
        }
    }

    private Fault Breaking(FaultKind kind, string what, SimulatedServer server, Action<SimulatedCluster, SimulatedServer> strike) =>
        new(kind, what, server.Id, () =>
        {
            _faults.Spend(kind);
            if (kind is not (FaultKind.Crash or FaultKind.SlowDisk))
            {
                // Those two are recorded as events of their own kinds.
                Note($"fault: {what} {server.Id}", server);
            }

            strike(this, server);
            OfferFaults();
        });

    private void OfferMending(string what, SimulatedServer server, Action<SimulatedCluster, SimulatedServer> mend) =>
        _scheduler.Faults.Add(new Fault(null, what, server.Id, () => mend(this, server)));

    private sealed class Fault(FaultKind? breaks, string what, ServerId? server, Action strike) : Operation
    {
        public override FaultKind? Breaks => breaks;

        public override OperationKind Kind => OperationKind.Fault;

        public override int Server => server?.Value ?? 0;

        public override OperationShape Shape => new(Kind, Server, What: what);

        public override string What => what;

        public override void Run() => strike();

        public override string ToString() => $"fault: {what} {server}".TrimEnd();
    }
}
