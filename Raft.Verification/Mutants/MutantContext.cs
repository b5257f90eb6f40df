using System.Reflection;
using System.Runtime.Loader;
using DeterministicSimulation;
using Raft.Verification.Exploration;

namespace Raft.Verification.Mutants;

/// <summary>
/// A world of its own for a mutant: it holds the mutated assemblies, and a copy of Raft.Verification that is bound to them. All else is shared with the
/// process, so that only what the framework knows can go in and out.
/// </summary>
internal sealed class MutantContext : AssemblyLoadContext, IDisposable
{
    private static readonly string[] _own = [MutatedSources.Implementation, MutatedSources.Model, "Raft.Verification"];
    private readonly string _project;
    private readonly byte[]? _mutated;
    private readonly Func<string, ulong, long, TimeSpan, Action<long>, CancellationToken, string> _hunt;
    private readonly Func<Action<long>, CancellationToken, string> _modelHunt;
    private readonly Func<string, Action<long>, CancellationToken, string> _shrink;
    private readonly Func<string, string> _replay;
    private readonly Func<string, string> _rerun;
    private readonly Func<string, string> _needless;

    /// <summary>A world for a mutant; for <see cref="Mutant.None"/>, one in which all is as it is.</summary>
    /// <param name="mutant">The mutant.</param>
    /// <param name="project">What it changes in this world, the implementation or the model (<see cref="MutatedSources"/>); the rest is as it is.</param>
    /// <exception cref="MutantException">The mutant does not fit the sources, or does not compile.</exception>
    public MutantContext(Mutant mutant, string project = MutatedSources.Implementation)
        : base($"mutant {mutant.Id}", isCollectible: true)
    {
        _project = project;
        _mutated = MutatedSources.Compile(mutant, project);
        _hunt = Inside<Func<string, ulong, long, TimeSpan, Action<long>, CancellationToken, string>>(typeof(Hunt), nameof(Mutants.Hunt.RunAsText));
        _modelHunt = Inside<Func<Action<long>, CancellationToken, string>>(typeof(ModelHunt), nameof(Mutants.ModelHunt.RunAsText));
        _shrink = Inside<Func<string, Action<long>, CancellationToken, string>>(typeof(TracesAsText), nameof(TracesAsText.Shrink));
        _replay = Inside<Func<string, string>>(typeof(TracesAsText), nameof(TracesAsText.Replay));
        _rerun = Inside<Func<string, string>>(typeof(TracesAsText), nameof(TracesAsText.Rerun));
        _needless = Inside<Func<string, string>>(typeof(TracesAsText), nameof(TracesAsText.Needless));
    }

    /// <summary>Looks for a violation in this world. Several threads may, at the same time.</summary>
    /// <inheritdoc cref="Hunt.Run"/>
    public HuntResult Hunt(string strategy, ulong seed, long budget, TimeSpan time, Action<long> progress, CancellationToken stop) =>
        HuntResult.FromText(_hunt(strategy, seed, budget, time, progress, stop));

    /// <summary>Looks for a violation of the model in this world.</summary>
    /// <inheritdoc cref="ModelHunt.Run"/>
    public ModelHuntResult ModelHunt(Action<long> progress, CancellationToken stop) => ModelHuntResult.FromText(_modelHunt(progress, stop));

    /// <summary>Shrinks a trace of this world.</summary>
    /// <inheritdoc cref="TracesAsText.Shrink"/>
    public Trace Shrink(Trace trace, Action<long> progress, CancellationToken stop) => Trace.Parse(_shrink(trace.ToJson(), progress, stop), "The shrunk trace");

    /// <summary>Runs a trace of this world again, bit for bit.</summary>
    /// <inheritdoc cref="TracesAsText.Replay"/>
    public Trace Replay(Trace trace) => Trace.Parse(_replay(trace.ToJson()), "The trace");

    /// <summary>Runs a trace in this world as far as it fits.</summary>
    /// <returns>The property that is violated; null: none is.</returns>
    public string? Rerun(Trace trace) => _rerun(trace.ToJson()) is { Length: > 0 } property ? property : null;

    /// <summary>What of a trace of this world can be left out on its own.</summary>
    public IReadOnlyList<string> Needless(Trace trace) => _needless(trace.ToJson()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Lets go of the world.</summary>
    public void Dispose() => Unload();

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (_mutated is not null && assemblyName.Name == _project)
        {
            using var stream = new MemoryStream(_mutated);
            return LoadFromStream(stream);
        }

        return _own.Contains(assemblyName.Name)
            ? LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, $"{assemblyName.Name}.dll"))
            : null;
    }

    // A method of this world's copy of Raft.Verification.
    private TDelegate Inside<TDelegate>(Type type, string method)
        where TDelegate : Delegate =>
        LoadFromAssemblyName(type.Assembly.GetName()).GetType(type.FullName!, throwOnError: true)!
            .GetMethod(method, BindingFlags.Public | BindingFlags.Static)!
            .CreateDelegate<TDelegate>();
}
