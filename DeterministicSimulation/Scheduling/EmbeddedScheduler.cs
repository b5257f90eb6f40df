namespace DeterministicSimulation;

/// <summary>
/// The embedded engine: all operations run on one thread, and a strategy picks one in each step. An operation runs until its code awaits
/// something that is not completed.
/// </summary>
public sealed class EmbeddedScheduler(Choices choices) : Scheduler(choices)
{
    private readonly Stack<Continuation> _pool = new();
    private Operation? _running;

    /// <summary>Detects work that runs outside the scheduler.</summary>
    public UncontrolledWork UncontrolledWork { get; } = new();

    /// <summary>Reports uncontrolled work as the violation. It replaces any other, because it may have caused it.</summary>
    public void ViolateByUncontrolledWork() => Violation = new Violation(
        "EscapedWork", $"Work has left the scheduler, for threads that it does not control: {UncontrolledWork.Describe()}.", Steps);

    /// <inheritdoc/>
    public override void EnsureControlled()
    {
        if (UncontrolledWork.IsForeignThread)
        {
            UncontrolledWork.Report($"a call came{Environment.NewLine}{Environment.StackTrace}{Environment.NewLine}");
            throw new InvalidOperationException("Work has left the scheduler: this thread is not under its control.");
        }
    }

    /// <inheritdoc/>
    public override void AddContinuation(OperationContext context, SendOrPostCallback callback, object? state)
    {
        if (UncontrolledWork.IsForeignThread)
        {
            UncontrolledWork.Report($"{context.Name}: {AsyncCode.NameOf(state ?? callback)} was to continue");
        }
        else if (!context.Ended)
        {
            var continuation = (_pool.TryPop(out var pooled) ? pooled : new Continuation()).Set(context, callback, state);
            continuation.Due = Now;
            Work.Add(continuation);
        }
    }

    /// <inheritdoc/>
    public override void End(OperationContext context)
    {
        base.End(context);
        Work.RemoveWhere(operation => operation is Continuation continuation && continuation.Context == context);
    }

    /// <summary>Runs operations until a task is completed, a property is violated, or the limit is reached.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> ended the schedule.</exception>
    public void Run(Task task, long maxSteps, CancellationToken stop)
    {
        try
        {
            RunSteps(task, maxSteps, stop);
        }
        catch (Exception exception)
            when (exception is not ReplayDivergedException && !(exception is OperationCanceledException && stop.IsCancellationRequested))
        {
            // No task holds the exception: a disk, a timer or a monitor threw it. It is a violation like any other, with a trace.
            var running = _running?.ToString() ?? "A condition is looked at that the scenario waits for";
            Violate(
                "UnhandledException",
                $"{running}, and this throws: {exception.Message}{Environment.NewLine}{StackText.Of(exception)}");
        }
    }

    private void RunSteps(Task task, long maxSteps, CancellationToken stop)
    {
        while (!task.IsCompleted && Violation is null)
        {
            stop.ThrowIfCancellationRequested();
            if (UncontrolledWork.Any)
            {
                ViolateByUncontrolledWork();
                return;
            }

            if (Steps >= maxSteps)
            {
                GiveUp(task, maxSteps);
                return;
            }

            if (!Step() && !EndPause())
            {
                return;
            }

            // Code that waits for a condition continues as an operation of its own, not inside CheckWaits.
            SynchronizationContext.SetSynchronizationContext(UncontrolledWork.UncontrolledContext);
            CheckWaits();
        }
    }

    private bool Step()
    {
        var enabled = Enabled();
        if (enabled.Work.Length + enabled.Timers.Length == 0)
        {
            return false;
        }

        var operation = enabled[Choices.Operation(enabled)];
        _running = operation;
        BeginStep(operation);
        operation.Run();
        _running = null;
        if (operation is Continuation continuation)
        {
            _pool.Push(continuation.Set(null!, null!, null));
        }

        return true;
    }

    private EnabledOperations Enabled()
    {
        if (!IsFair)
        {
            return new EnabledOperations(Work.Span, Timers.Span, Faults.Span);
        }

        if (Work.Due(Now).Length + Timers.Due(Now).Length == 0)
        {
            AdvanceTime();
        }

        return new EnabledOperations(Work.Due(Now), Timers.Due(Now), Faults.Span) { All = Work };
    }
}
