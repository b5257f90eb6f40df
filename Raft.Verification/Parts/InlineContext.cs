namespace Raft.Verification.Parts;

/// <summary>Code that waits for a task continues at once, in the call that completes the task.</summary>
internal sealed class InlineContext : SynchronizationContext
{
    private static readonly InlineContext _shared = new();

    /// <summary>Runs code. What it awaits continues inline, also after the call has returned.</summary>
    public static void Run(Action action)
    {
        var context = Current;
        SetSynchronizationContext(_shared);
        try
        {
            action();
        }
        finally
        {
            SetSynchronizationContext(context);
        }
    }

    /// <inheritdoc cref="Run(Action)"/>
    /// <returns>The result of the code.</returns>
    public static T Run<T>(Func<T> function)
    {
        T result = default!;
        Run(() => { result = function(); });
        return result;
    }

    /// <inheritdoc/>
    public override void Post(SendOrPostCallback d, object? state) => Run(() => d(state));

    /// <inheritdoc/>
    public override SynchronizationContext CreateCopy() => this;
}
