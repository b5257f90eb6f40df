namespace DeterministicSimulation;

/// <summary>
/// Reduces a trace to what its violation needs: fewer servers, faults, timeouts and steps of the workload, then fewer steps and more default
/// choices, by delta debugging (Zeller, Hildebrandt: "Simplifying and isolating failure-inducing input", TSE 2002). Equal traces give equal
/// results.
/// </summary>
/// <remarks>
/// The shrinker leaves out decisions (<see cref="Decision"/>), not numbers in a list, so that the others keep their meaning. A script of what
/// the workload did replaces the workload (<see cref="IScriptable"/>), where that violates the property too. In the end no fault, lost
/// message, timeout, step or other operation can be left out on its own: without it the property holds, or only a larger schedule
/// (<see cref="ScheduleSize"/>) violates it.
/// </remarks>
public sealed class Shrinker
{
    // Of more, there would be too many pairs, or stretches; and what is longer is left out as a large part.
    private const int _mostPaired = 60;
    private const int _mostStretched = 120;
    private const int _longestStretch = 24;
    private const int _progressInterval = 64;

    private readonly ReplayProbe _trials;
    private readonly IScriptable? _scriptable;
    private readonly Action<ShrinkProgress>? _progress;
    private readonly Candidate _found;
    private Candidate _best;

    private Shrinker(Trace trace, IWorkload workload, Action<ShrinkProgress>? progress, CancellationToken stop)
    {
        _trials = new ReplayProbe(workload, trace.Violation, stop);
        _scriptable = workload as IScriptable;
        _progress = progress;
        _found = _trials.Run(trace) ?? throw new ReplayDivergedException("The schedule does not run again as it ran.");
        _best = _found;
    }

    /// <summary>Shrinks a trace.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="workload">The workload that it is of.</param>
    /// <param name="progress">Told now and then how far it is; null: nobody is.</param>
    /// <param name="stop">Ends it early, with what it has until then.</param>
    /// <returns>A trace of the same property, with its events; where nothing can be left out, the trace with its events.</returns>
    /// <exception cref="ReplayDivergedException">The trace does not run as it ran.</exception>
    public static Trace Shrink(
        Trace trace, IWorkload workload, Action<ShrinkProgress>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(workload);
        var whole = trace.Replayed(workload);
        if (trace.Violation.Property == "EscapedWork")
        {
            // When threads that nobody controls are part of it, no two runs are alike.
            return whole;
        }

        Shrinker? shrinker = null;
        try
        {
            shrinker = new Shrinker(whole, workload, progress, stop);
            shrinker.Shrink();
        }
        catch (OperationCanceledException)
        {
            // What it has until now is a trace too.
        }

        return shrinker?.ToTrace(whole, workload) ?? whole;
    }

    /// <summary>What of a trace can be left out on its own, so that it is smaller and violates the same property; of a shrunk trace nothing.</summary>
    public static IReadOnlyList<string> Needless(Trace trace, IWorkload workload)
    {
        var shrinker = new Shrinker(trace, workload, null, default);
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
            TightenOptions();
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
        if (_scriptable is null)
        {
            _ = steady != _best.Options && Adopt(Run(steady, _best.Decisions, false));
            return;
        }

        var mending = Scripting.Of(_best, _scriptable, converges: false);
        if (_best.IsScripted)
        {
            _ = _best.Size.Convergences > 0 && AdoptIfSmaller(Follow(unfair, mending));
            return;
        }

        var converging = Scripting.Of(_best, _scriptable, converges: true);
        _ = Adopt(Follow(unfair, mending)) || Adopt(Follow(unfair, converging)) || Adopt(Follow(steady, converging))
            || (steady != _best.Options && Adopt(Run(steady, _best.Decisions, false)));

        Candidate? Follow(SimulationOptions options, Decision[] decisions) => _trials.Run(options, true, decisions, _best.Size with { Steps = 2 * decisions.Length });
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

        foreach (var options in _scriptable?.Simpler(_best.Options) ?? [])
        {
            AdoptIfNoLarger(options);
        }
    }

    private void TightenOptions()
    {
        var steps = _best.Decisions.Places(decision => decision.Steps.Count > 0);
        _ = (_scriptable?.Tighter(_best.Options) ?? []).Any(options =>
            Try(options, _best.Decisions) || steps.Any(place => Try(options, _best.Decisions.Without([place]))));
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
            _ = (decision.Rank > 0 && Try(_best.Decisions.With(i, decision with { Rank = 0 }))) || (decision.Numbers.Count > 0 && Try(_best.Decisions.With(i, decision with { Numbers = [] })));
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
    private bool Try(SimulationOptions options, IReadOnlyList<Decision> decisions) =>
        AdoptIfSmaller(Run(options, decisions.WithoutImplied(), _best.IsScripted)) || AdoptIfSmaller(Run(options, decisions, _best.IsScripted));

    private bool IsSmaller(IReadOnlyList<Decision> decisions) =>
        Run(_best.Options, decisions.WithoutImplied(), _best.IsScripted)?.Size.CompareTo(_best.Size) < 0
        || Run(_best.Options, decisions, _best.IsScripted)?.Size.CompareTo(_best.Size) < 0;

    private Candidate? Run(SimulationOptions options, IReadOnlyList<Decision> decisions, bool isScripted)
    {
        if (_trials.Count % _progressInterval == 0)
        {
            _progress?.Invoke(new ShrinkProgress(_trials.Count, _best.Size.Steps, _best.Choices.Count, _best.Size.Faults));
        }

        return _trials.Run(options, isScripted, decisions, _best.Size);
    }

    private bool AdoptIfSmaller(Candidate? candidate) => candidate?.Size.CompareTo(_best.Size) < 0 && Adopt(candidate);

    // Fewer choices are unusual where fewer are asked for; that makes nothing smaller.
    private void AdoptIfNoLarger(SimulationOptions options)
    {
        if (Run(options, _best.Decisions, _best.IsScripted) is { } candidate && candidate.Size.Steps <= _best.Size.Steps && candidate.Size.Stimuli <= _best.Size.Stimuli)
        {
            Adopt(candidate);
        }
    }

    private bool Adopt(Candidate? candidate)
    {
        _best = candidate ?? _best;
        return candidate is not null;
    }

    private Trace ToTrace(Trace whole, IWorkload workload)
    {
        if (ReferenceEquals(_best, _found))
        {
            return whole;
        }

        // Once more: a probe leaves out what only reports need.
        var again = Schedule.Run(workload.Following(_best.Script), _best.Options, new Choices(new Replay(_best.Choices)), seed: 0);
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
        return shrunk.Replayed(new TraceReplay(shrunk, workload) { KeepEvents = whole.EventsBefore > 0 ? whole.Events.Count : int.MaxValue });
    }
}
