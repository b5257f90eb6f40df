namespace DeterministicSimulation;

/// <summary>Runs the schedule of a trace again, bit for bit, and compares its events with those of the trace.</summary>
public sealed class TraceReplay(Trace trace, IWorkload workload)
{
    private int _compared;
    private long _seen;
    private string? _difference;
    private CancellationTokenSource? _differs;

    /// <summary>Called before each step with its number, if not null.</summary>
    public Action<long>? BeforeStep { get; init; }

    /// <summary>Ends the replay early.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>The number of events to keep, counted from the last; by default as many as the trace has.</summary>
    public int KeepEvents { get; init; } = trace.EventsBefore > 0 ? trace.Events.Count : int.MaxValue;

    /// <summary>The number of events before those that were kept.</summary>
    public long EventsBefore { get; private set; }

    /// <summary>Runs the schedule.</summary>
    /// <returns>The events.</returns>
    /// <exception cref="ReplayDivergedException">
    /// The replay differs from the trace; the message shows the first step that differs, in the trace and in the replay.
    /// </exception>
    public IReadOnlyList<TraceEvent> Run()
    {
        var log = new EventLog { Added = Compare, BeforeStep = BeforeStep, Keep = KeepEvents };
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        _differs = end;
        var replay = new Replay(trace.Choices);
        ScheduleResult? result = null;
        try
        {
            var followed = workload.Following(trace.Script);
            result = Schedule.Run(followed, trace.Options, new Choices(replay), seed: 0, log: log, stop: end.Token);
        }
        catch (OperationCanceledException) when (_difference is not null)
        {
            throw new ReplayDivergedException(_difference);
        }
        catch (ReplayDivergedException exception) when (exception == replay.Misfit)
        {
            // Reported below, like a misfit that a node swallowed.
        }

        if (replay.Misfit is not null || result is null)
        {
            var step = log.Events.Count > 0 ? log.Events[^1].Step : 0;
            throw new ReplayDivergedException(_difference ?? $"After step {step}: {replay.Misfit!.Message}");
        }

        if (_difference is null && _compared < trace.Events.Count)
        {
            Differ(trace.Events[_compared].Step, trace.Events[_compared].ToString(), "no more events");
        }

        if (_difference is null)
        {
            CompareEnd(result);
        }

        EventsBefore = log.Dropped;
        return _difference is null ? log.Events : throw new ReplayDivergedException(_difference);
    }

    // A trace that was never replayed has no events to compare.
    private void Compare(TraceEvent replayed)
    {
        if (_difference is not null || trace.Events.Count == 0 || _seen++ < trace.EventsBefore)
        {
            return;
        }

        var recorded = _compared < trace.Events.Count ? trace.Events[_compared++] : null;
        if (recorded is null)
        {
            Differ(replayed.Step, "no more events", replayed.ToString());
        }
        else if (trace.Format.ToLine(recorded) != trace.Format.ToLine(replayed))
        {
            // Events that differ only in fields without words are shown as JSON.
            Func<TraceEvent, string> text = recorded.ToString() == replayed.ToString() ? trace.Format.ToLine : one => one.ToString();
            Differ(Math.Min(replayed.Step, recorded.Step), text(recorded), text(replayed));
        }
    }

    private void CompareEnd(ScheduleResult result)
    {
        var recorded = $"{trace.Violation.Property} at step {trace.Violation.Step}";
        var replayed = result.Violation is { } violation ? $"{violation.Property} at step {violation.Step}" : "no violation";
        var step = Math.Min(result.Steps, trace.Violation.Step);
        if (recorded != replayed)
        {
            Differ(step, recorded, replayed);
        }
        else if (Trace.Hex(result.Digest) != trace.Digest)
        {
            Differ(step, $"{recorded}, digest {trace.Digest}", $"{replayed}, digest {Trace.Hex(result.Digest)}");
        }
    }

    // The replay ends at the first difference.
    private void Differ(long step, string recorded, string replayed)
    {
        _difference =
            $"At step {step} the replay differs from the trace; the code is not the code that made the trace.{Environment.NewLine}"
            + $"  trace:  {recorded}{Environment.NewLine}"
            + $"  replay: {replayed}";
        _differs?.Cancel();
    }
}
