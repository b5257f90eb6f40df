namespace DeterministicSimulation;

/// <summary>
/// Reduces a trace to what its violation needs: fewer servers, faults, timeouts and steps of the workload, then fewer steps and more
/// default choices, by delta debugging (Zeller, Hildebrandt: "Simplifying and isolating failure-inducing input", TSE 2002). Equal traces
/// give equal results.
/// </summary>
/// <remarks>
/// The shrinker leaves out decisions (<see cref="Decision"/>), not numbers in a list, so that the others keep their meaning. A script of
/// what the workload did replaces the workload (<see cref="IScriptable"/>), if that violates the property too. In the end no single fault,
/// lost message, timeout, step or other operation can be left out: without it the property holds, or only a larger schedule (<see
/// cref="ScheduleSize"/>) violates it.
/// </remarks>
public sealed class Shrinker
{
    // Limits on the number of pairs and stretches to try. Longer stretches are left out by LeaveOut.
    private const int _mostPaired = 60;
    private const int _mostStretched = 120;
    private const int _longestStretch = 24;
    private const int _progressInterval = 64;

    private readonly ReplayProbe _probe;
    private readonly IScriptable? _scriptable;
    private readonly Action<ShrinkProgress>? _progress;
    private readonly Candidate _found;
    private Candidate _best;

    private Shrinker(Trace trace, IWorkload workload, Action<ShrinkProgress>? progress, CancellationToken stop)
    {
        _probe = new ReplayProbe(workload, trace.Violation, stop);
        _scriptable = workload as IScriptable;
        _progress = progress;
        _found = _probe.Run(trace) ?? throw new ReplayDivergedException("The schedule does not run again as it ran.");
        _best = _found;
    }

    /// <summary>Shrinks a trace.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="workload">The workload of the trace.</param>
    /// <param name="progress">Called from time to time with the progress, if not null.</param>
    /// <param name="stop">Ends the shrinking early; the smallest trace so far is returned.</param>
    /// <returns>A trace that violates the same property, with its events. If nothing can be left out, it is the given trace.</returns>
    /// <exception cref="ReplayDivergedException">The replay of the trace differs from the trace.</exception>
    public static Trace Shrink(
        Trace trace, IWorkload workload, Action<ShrinkProgress>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(workload);
        var whole = trace.Replayed(workload);
        if (trace.Violation.Property == "EscapedWork")
        {
            // Uncontrolled threads take part in the schedule, so that no two runs are equal.
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
            // The smallest trace so far is returned.
        }

        return shrinker?.ToTrace(whole, workload) ?? whole;
    }

    /// <summary>
    /// The parts of a trace that can be left out one at a time: the rest is smaller and violates the same property. A shrunk trace has no
    /// such parts.
    /// </summary>
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
            UseDefaultChoices();
            TightenBudgets();
        }
        while (_best.Size != before);
    }

    // Decisions usually fit nondeterministic time too, even those that were made in fair time.
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

        Candidate? Follow(SimulationOptions options, Decision[] decisions) =>
            _probe.Run(options, true, decisions, _best.Size with { Steps = 2 * decisions.Length });
    }

    private void UseFewerServers()
    {
        var servers = _best.Options.Servers;
        var groups = Enumerable.Range(1, (1 << servers) - 2).OrderBy(int.PopCount).ThenBy(group => group);
        _ = _best.IsScripted && groups.Any(group =>
            Try(_best.Options with { Servers = int.PopCount(group) }, _best.Decisions.Among(servers, group)));
    }

    private void UseFewerFaults()
    {
        var struck = FaultCounts.Kinds.Where(kind => kind != FaultKind.Reordering && _best.Result.Faults[kind] > 0);
        foreach (var kind in struck)
        {
            Try(_best.Options with { Faults = _best.Options.Faults.With(kind, 0) }, _best.Decisions);
        }

        while ((_scriptable?.Simpler(_best.Options) ?? []).Any(options =>
            DrawingLess().Any(decisions => AdoptIfNoLarger(options, decisions))))
        {
        }
    }

    // With simpler options the beginning may draw a number less, or two. The numbers after them keep their meaning.
    private IEnumerable<IReadOnlyList<Decision>> DrawingLess()
    {
        yield return _best.Decisions;
        var beginning = _best.Decisions[0];
        foreach (var (place, count) in ((int, int)[])[(0, 1), (0, 2), (1, 1), (1, 2)])
        {
            if (place + count <= beginning.Numbers.Count)
            {
                int[] numbers = [.. beginning.Numbers.Take(place), .. beginning.Numbers.Skip(place + count)];
                yield return _best.Decisions.With(0, beginning with { Numbers = numbers });
            }
        }
    }

    private void TightenOptions()
    {
        var steps = _best.Decisions.Places(decision => decision.Steps.Count > 0);
        _ = (_scriptable?.Tighter(_best.Options) ?? []).Any(options =>
            Try(options, _best.Decisions) || steps.Any(place => Try(options, _best.Decisions.Without([place]))));
    }

    // Delta debugging: leaves out large parts, then smaller ones, down to single decisions. Later decisions come first.
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

    // A heartbeat and its answers, or a failed election, can only be left out as a whole, and may begin and end anywhere.
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

    // A later term may depend on an election that failed. Then only both elections together can be left out.
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

    // The decisions that are not implied; if there are too many, only the stimuli.
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

    // Tries the oldest of several operations of one shape, and the default numbers.
    private void UseDefaultChoices()
    {
        Try([.. _best.Decisions.Select(decision => decision with { Numbers = [] })]);
        for (var i = 0; i < _best.Decisions.Count; i++)
        {
            var decision = _best.Decisions[i];
            _ = (decision.Rank > 0 && Try(_best.Decisions.With(i, decision with { Rank = 0 })))
                || (decision.Numbers.Count > 0 && Try(_best.Decisions.With(i, decision with { Numbers = [] })));
        }
    }

    // Lowers the budgets to the faults that strike. The budget of reorderings stays, because messages in flight are overtaken.
    private void TightenBudgets()
    {
        var unspent = FaultCounts.Kinds.Where(kind =>
            kind is not (FaultKind.LostWrite or FaultKind.Reordering) && _best.Result.Faults[kind] < _best.Options.Faults[kind]);
        foreach (var kind in unspent)
        {
            AdoptIfNoLarger(
                _best.Options with { Faults = _best.Options.Faults.With(kind, (int)_best.Result.Faults[kind]) }, _best.Decisions);
        }
    }

    // A message whose delivery is left out stays in flight, unless the send was left out too.
    private bool TryWithout(ReadOnlySpan<int> places) =>
        Try(_best.Decisions.Without(places)) || (_best.Decisions.Overtaking(places) is { } overtaking && Try(overtaking));

    private bool Try(IReadOnlyList<Decision> decisions) => Try(_best.Options, decisions);

    // First without the implied decisions; then with all, for violations that depend on their order.
    private bool Try(SimulationOptions options, IReadOnlyList<Decision> decisions) =>
        AdoptIfSmaller(Run(options, decisions.WithoutImplied(), _best.IsScripted))
        || AdoptIfSmaller(Run(options, decisions, _best.IsScripted));

    private bool IsSmaller(IReadOnlyList<Decision> decisions) =>
        Run(_best.Options, decisions.WithoutImplied(), _best.IsScripted)?.Size.CompareTo(_best.Size) < 0
        || Run(_best.Options, decisions, _best.IsScripted)?.Size.CompareTo(_best.Size) < 0;

    private Candidate? Run(SimulationOptions options, IReadOnlyList<Decision> decisions, bool isScripted)
    {
        if (_probe.Count % _progressInterval == 0)
        {
            _progress?.Invoke(new ShrinkProgress(_probe.Count, _best.Size.Steps, _best.Choices.Count, _best.Size.Faults));
        }

        return _probe.Run(options, isScripted, decisions, _best.Size);
    }

    private bool AdoptIfSmaller(Candidate? candidate) => candidate?.Size.CompareTo(_best.Size) < 0 && Adopt(candidate);

    // Compares steps and stimuli only: the numbers of choices of two schedules with different options do not compare.
    private bool AdoptIfNoLarger(SimulationOptions options, IReadOnlyList<Decision> decisions) =>
        Run(options, decisions, _best.IsScripted) is { } candidate
        && candidate.Size.Steps <= _best.Size.Steps
        && candidate.Size.Stimuli <= _best.Size.Stimuli
        && Adopt(candidate);

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

        // Runs it once more, because a probe skips the diagnosis that the report needs.
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
        var keepEvents = whole.EventsBefore > 0 ? whole.Events.Count : int.MaxValue;
        return shrunk.Replayed(new TraceReplay(shrunk, workload) { KeepEvents = keepEvents });
    }
}
