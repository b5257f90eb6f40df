using System.Reflection;
using System.Runtime.Loader;
using DeterministicSimulation;
using Raft.Verification.Exploration;

namespace Raft.Verification.Mutants;

/// <summary>
/// The load context of a mutant: it holds the mutated assemblies and a copy of Raft.Verification that is bound to them. All other
/// assemblies are shared with the process, so only types of the framework can be passed in and out.
/// </summary>
internal sealed class MutantContext : AssemblyLoadContext, IDisposable
{
    private static readonly string[] _own = [MutatedSources.Implementation, MutatedSources.Model, "Raft.Verification"];
    private readonly string _project;
    private readonly byte[]? _mutated;
    private readonly Searching _search;
    private readonly Func<Action<long>, CancellationToken, string> _searchModel;
    private readonly Func<Action<long>, CancellationToken, string> _searchCores;
    private readonly Func<string, Action<long>, CancellationToken, string> _shrink;
    private readonly Func<string, string> _replay;
    private readonly Func<string, string> _rerun;
    private readonly Func<string, string> _needless;

    /// <summary>Loads a mutant; <see cref="Mutant.None"/> changes nothing.</summary>
    /// <param name="mutant">The mutant.</param>
    /// <param name="project">The project that it changes here: the implementation or the model (<see cref="MutatedSources"/>).</param>
    /// <exception cref="MutantException">The mutant does not fit the sources, or does not compile.</exception>
    public MutantContext(Mutant mutant, string project = MutatedSources.Implementation)
        : base($"mutant {mutant.Id}", isCollectible: true)
    {
        _project = project;
        _mutated = MutatedSources.Compile(mutant, project);
        _search = Inside<Searching>(typeof(MutantSearch), nameof(MutantSearch.RunAsText));
        _searchModel = Inside<Func<Action<long>, CancellationToken, string>>(typeof(ModelSearch), nameof(ModelSearch.RunAsText));
        _searchCores = Inside<Func<Action<long>, CancellationToken, string>>(typeof(CoreSearch), nameof(CoreSearch.RunAsText));
        _shrink = Inside<Func<string, Action<long>, CancellationToken, string>>(typeof(TracesAsText), nameof(TracesAsText.Shrink));
        _replay = Inside<Func<string, string>>(typeof(TracesAsText), nameof(TracesAsText.Replay));
        _rerun = Inside<Func<string, string>>(typeof(TracesAsText), nameof(TracesAsText.Rerun));
        _needless = Inside<Func<string, string>>(typeof(TracesAsText), nameof(TracesAsText.Needless));
    }

    private delegate string Searching(
        string strategy, ulong seed, long budget, TimeSpan time, bool conformance, Action<long> progress, CancellationToken stop);

    /// <summary>Searches for a violation in this context. Several threads may do so at the same time.</summary>
    /// <inheritdoc cref="MutantSearch.Run"/>
    public MutantSearchResult Search(
        string strategy, ulong seed, long budget, TimeSpan time, bool conformance, Action<long> progress, CancellationToken stop) =>
        MutantSearchResult.FromText(_search(strategy, seed, budget, time, conformance, progress, stop));

    /// <summary>Searches for a violation of the model in this context.</summary>
    /// <inheritdoc cref="ModelSearch.Run"/>
    public ModelSearchResult SearchModel(Action<long> progress, CancellationToken stop) =>
        ModelSearchResult.FromText(_searchModel(progress, stop));

    /// <summary>Searches the states of real cores for a violation in this context.</summary>
    /// <inheritdoc cref="CoreSearch.Run"/>
    public ModelSearchResult SearchCores(Action<long> progress, CancellationToken stop) =>
        ModelSearchResult.FromText(_searchCores(progress, stop));

    /// <summary>Shrinks a trace in this context.</summary>
    /// <inheritdoc cref="TracesAsText.Shrink"/>
    public Trace Shrink(Trace trace, Action<long> progress, CancellationToken stop) =>
        Trace.Parse(_shrink(trace.ToJson(), progress, stop), "The shrunk trace");

    /// <summary>Replays a trace in this context, bit for bit.</summary>
    /// <inheritdoc cref="TracesAsText.Replay"/>
    public Trace Replay(Trace trace) => Trace.Parse(_replay(trace.ToJson()), "The trace");

    /// <summary>Runs a trace in this context as far as it fits the code.</summary>
    /// <returns>The violated property, or null.</returns>
    public string? Rerun(Trace trace) => _rerun(trace.ToJson()) is { Length: > 0 } property ? property : null;

    /// <summary>The parts of a trace that can each be left out alone.</summary>
    public IReadOnlyList<string> Needless(Trace trace) => _needless(trace.ToJson()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Unloads the context.</summary>
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

    // A method of this context's copy of Raft.Verification.
    private TDelegate Inside<TDelegate>(Type type, string method)
        where TDelegate : Delegate =>
        LoadFromAssemblyName(type.Assembly.GetName()).GetType(type.FullName!, throwOnError: true)!
            .GetMethod(method, BindingFlags.Public | BindingFlags.Static)!
            .CreateDelegate<TDelegate>();
}
