using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Scenarios;

namespace Raft.Verification.Exploration;

/// <summary>
/// Cuts a trace down to what its violation needs: fewer servers, faults, timeouts and proposals, then fewer and more usual steps, by delta
/// debugging (Zeller, Hildebrandt: "Simplifying and isolating failure-inducing input", TSE 2002). Equal traces give equal ones.
/// </summary>
/// <remarks>
/// What is left out are decisions (<see cref="Decision"/>), not numbers in a list: the others still mean the same. In place of the scenario stands a script of
/// what it did (<see cref="Script"/>), where that violates the property too. In the end no fault, lost message, timeout, proposal or other
/// operation can be left out on its own: without it the property holds, or is violated only by a schedule that is larger (<see cref="ScheduleSize"/>).
/// </remarks>
public sealed class Shrinker
{
    // Of more, there would be too many pairs, or stretches; and what is longer is left out as a large part.
    private const int _mostPaired = 60;
    private const int _mostStretched = 120;
    private const int _longestStretch = 24;
    private const int _progressInterval = 64;

    private readonly Trials _trials;
    private readonly Action<ShrinkProgress>? _progress;
    private readonly Attempt _found;
    private Attempt _best;

    private Shrinker(Trace trace, Scenario scenario, Action<ShrinkProgress>? progress, CancellationToken stop)
    {
        _trials = new Trials(scenario, trace.Violation, stop);
        _progress = progress;
        _found = _trials.Run(trace) ?? throw new ReplayDivergedException("The schedule does not run again as it ran.");
        _best = _found;
    }

    /// <summary>Shrinks a trace.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="scenario">The scenario that it is of.</param>
    /// <param name="progress">Told now and then how far it is; null: nobody is.</param>
    /// <param name="stop">Ends it early, with what it has until then.</param>
    /// <returns>A trace of the same property, with its events; where nothing can be left out, the trace with its events.</returns>
    /// <exception cref="ReplayDivergedException">The trace does not run as it ran.</exception>
    public static Trace Shrink(Trace trace, Scenario scenario, Action<ShrinkProgress>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(scenario);
        var whole = trace.Replayed(scenario);
        if (trace.Violation.Property == "EscapedWork")
        {
            // When threads that nobody controls are part of it, no two runs are alike.
            return whole;
        }

        Shrinker? shrinker = null;
        try
        {
            shrinker = new Shrinker(whole, scenario, progress, stop);
            shrinker.Shrink();
        }
        catch (OperationCanceledException)
        {
            // What it has until now is a trace too.
        }

        return shrinker?.ToTrace(whole, scenario) ?? whole;
    }

    /// <summary>What of a trace can be left out on its own, so that it is smaller and violates the same property; of a shrunk trace nothing.</summary>
    internal static IReadOnlyList<string> Needless(Trace trace, Scenario scenario)
    {
        var shrinker = new Shrinker(trace, scenario, null, default);
        return [.. shrinker._best.Decisions.WithoutEach().Where(one => shrinker.IsSmaller(one.Decisions)).Select(one => one.What)];
    }

    private void Shrink()
    {
        ScheduleSize before;
        do
        {
            before = _best.Size;
            FollowScript();
            UseFewerServers();
            UseFewerFaults();
            CompactSooner();
            LeaveOut(decision => decision.IsStimulus);
            LeaveOut(_ => true);
            LeaveOutStretches();
            LeaveOutPairs();
            LeaveOutEach();
            GoTheUsualWay();
            TightenBudgets();
        }
        while (_best.Size != before);
    }

    // In time where everything may happen at any moment the same decisions fit, as a rule: also what happened in fair time.
    private void FollowScript()
    {
        var steady = _best.Options with { Faults = _best.Options.Faults with { ClockDriftPercent = 0 } };
        var unfair = steady with { Time = TimeMode.Nondeterministic };
        var mending = Scripting.Of(_best, settles: false);
        if (_best.IsScripted)
        {
            _ = _best.Size.Settlings > 0 && AdoptIfSmaller(Follow(unfair, mending));
            return;
        }

        var settling = Scripting.Of(_best, settles: true);
        _ = Adopt(Follow(unfair, mending)) || Adopt(Follow(unfair, settling)) || Adopt(Follow(steady, settling))
            || (steady != _best.Options && Adopt(Run(steady, _best.Decisions, false)));

        Attempt? Follow(ClusterOptions options, Decision[] decisions) => _trials.Run(options, true, decisions, _best.Size with { Steps = 2 * decisions.Length });
    }

    private void UseFewerServers()
    {
        var servers = _best.Options.Servers;
        var groups = Enumerable.Range(1, (1 << servers) - 2).OrderBy(int.PopCount).ThenBy(group => group);
        _ = _best.IsScripted && groups.Any(group => Try(_best.Options with { Servers = int.PopCount(group) }, _best.Decisions.Among(servers, group)));
    }

    private void UseFewerFaults()
    {
        foreach (var kind in FaultCounts.Kinds.Where(kind => kind != FaultKind.Reordering && _best.Result.Faults[kind] > 0))
        {
            Try(_best.Options with { Faults = _best.Options.Faults.With(kind, 0) }, _best.Decisions);
        }

        if (_best.Options.CompactEvery > 0)
        {
            AdoptIfNoLarger(_best.Options with { CompactEvery = 0 });
        }
    }

    // For a snapshot it takes that many entries: with one proposal less, sooner.
    private void CompactSooner()
    {
        var proposals = _best.Decisions.Places(decision => decision.Steps.Any(step => step.Action == ScriptAction.Propose));
        _ = Enumerable.Range(1, Math.Max(0, _best.Options.CompactEvery - 1)).Any(entries =>
        {
            var options = _best.Options with { CompactEvery = entries };
            return Try(options, _best.Decisions) || proposals.Any(place => Try(options, _best.Decisions.Without([place])));
        });
    }

    // Delta debugging: large parts, then smaller ones, down to single decisions; what comes last first.
    private void LeaveOut(Func<Decision, bool> which)
    {
        var places = _best.Decisions.Places(which);
        for (var size = Math.Max(1, places.Length / 2); size > 0; size /= 2)
        {
            for (var end = places.Length; end > 0; end = Math.Min(end - size, places.Length))
            {
                if (TryWithout(places.AsSpan(Math.Max(0, end - size)..end)))
                {
                    places = _best.Decisions.Places(which);
                }
            }
        }
    }

    // A heartbeat and its answers, an election that came to nothing: they begin and end anywhere, and nothing of them can be left out alone.
    private void LeaveOutStretches()
    {
        var places = _best.Decisions.Places(decision => !decision.IsImplied);
        for (var size = places.Length <= _mostStretched ? Math.Min(places.Length / 2, _longestStretch) : 0; size > 1; size--)
        {
            for (var end = places.Length; end >= size; end = Math.Min(end - 1, places.Length))
            {
                if (TryWithout(places.AsSpan((end - size)..end)))
                {
                    places = _best.Decisions.Places(decision => !decision.IsImplied);
                }
            }
        }
    }

    // A timeout that came to nothing may have made the term of the next one the latest; without both the terms fit again.
    private void LeaveOutPairs()
    {
        var places = Paired();
        for (var i = places.Length - 1; i > 0 && places.Length <= _mostPaired; i--)
        {
            for (var j = i - 1; j >= 0 && i < places.Length; j--)
            {
                if (TryWithout([places[j], places[i]]))
                {
                    places = Paired();
                }
            }
        }
    }

    // Anything but what goes on by itself; where that is too much, only what comes from outside.
    private int[] Paired()
    {
        var places = _best.Decisions.Places(decision => !decision.IsImplied);
        return places.Length <= _mostPaired ? places : _best.Decisions.Places(decision => decision.IsStimulus);
    }

    private void LeaveOutEach()
    {
        while (_best.Decisions.WithoutEach().Any(one => Try(one.Decisions)))
        {
        }
    }

    // The oldest of several alike, and any number where it makes no difference.
    private void GoTheUsualWay()
    {
        Try([.. _best.Decisions.Select(decision => decision with { Numbers = [] })]);
        for (var i = 0; i < _best.Decisions.Count; i++)
        {
            var decision = _best.Decisions[i];
            _ = (decision.Rank > 0 && Try(_best.Decisions.With(i, decision with { Rank = 0 }))) || (decision.Numbers.Length > 0 && Try(_best.Decisions.With(i, decision with { Numbers = [] })));
        }
    }

    // What may go wrong is what does; but that messages overtake others is needed to leave others in flight.
    private void TightenBudgets()
    {
        foreach (var kind in FaultCounts.Kinds.Where(kind => kind is not (FaultKind.LostWrite or FaultKind.Reordering) && _best.Result.Faults[kind] < _best.Options.Faults[kind]))
        {
            AdoptIfNoLarger(_best.Options with { Faults = _best.Options.Faults.With(kind, (int)_best.Result.Faults[kind]) });
        }
    }

    // A message that does not arrive stays in flight, unless it was not sent either.
    private bool TryWithout(ReadOnlySpan<int> places) => Try(_best.Decisions.Without(places)) || (_best.Decisions.Overtaking(places) is { } overtaking && Try(overtaking));

    private bool Try(IReadOnlyList<Decision> decisions) => Try(_best.Options, decisions);

    // First without saying how it goes on in between; then with all of it, for violations that lie just there.
    private bool Try(ClusterOptions options, IReadOnlyList<Decision> decisions) =>
        AdoptIfSmaller(Run(options, decisions.WithoutImplied(), _best.IsScripted)) || AdoptIfSmaller(Run(options, decisions, _best.IsScripted));

    private bool IsSmaller(IReadOnlyList<Decision> decisions) =>
        Run(_best.Options, decisions.WithoutImplied(), _best.IsScripted)?.Size.CompareTo(_best.Size) < 0
        || Run(_best.Options, decisions, _best.IsScripted)?.Size.CompareTo(_best.Size) < 0;

    private Attempt? Run(ClusterOptions options, IReadOnlyList<Decision> decisions, bool isScripted)
    {
        if (_trials.Count % _progressInterval == 0)
        {
            _progress?.Invoke(new ShrinkProgress(_trials.Count, _best.Size.Steps, _best.Choices.Count, _best.Size.Faults));
        }

        return _trials.Run(options, isScripted, decisions, _best.Size);
    }

    private bool AdoptIfSmaller(Attempt? attempt) => attempt?.Size.CompareTo(_best.Size) < 0 && Adopt(attempt);

    // Fewer choices are unusual where fewer are asked for; that makes nothing smaller.
    private void AdoptIfNoLarger(ClusterOptions options)
    {
        if (Run(options, _best.Decisions, _best.IsScripted) is { } attempt && attempt.Size.Steps <= _best.Size.Steps && attempt.Size.Stimuli <= _best.Size.Stimuli)
        {
            Adopt(attempt);
        }
    }

    private bool Adopt(Attempt? attempt)
    {
        _best = attempt ?? _best;
        return attempt is not null;
    }

    private Trace ToTrace(Trace whole, Scenario scenario)
    {
        if (ReferenceEquals(_best, _found))
        {
            return whole;
        }

        // Once more, now with all that is to be said of it.
        var again = ClusterSchedule.Run(scenario.Following(_best.Script), _best.Options, new Choices(new Replay(_best.Choices)), seed: 0);
        var shrunk = whole with
        {
            Options = _best.Options,
            Script = _best.Script,
            Violation = again.Violation!,
            Digest = Trace.Hex(_best.Result.Digest),
            Choices = _best.Choices,
            Events = [],
            EventsBefore = 0,
            Remark = whole.Remark ?? $"Shrunk from {whole.Violation.Step:N0} steps, {whole.Choices.Count:N0} choices.",
        };
        return shrunk.Replayed(new TraceReplay(shrunk, scenario) { KeepEvents = whole.EventsBefore > 0 ? whole.Events.Count : int.MaxValue });
    }
}
